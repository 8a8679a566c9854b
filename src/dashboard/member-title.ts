/** What a member is called on the page: its name, or its id before it has told one. Used by views and alerts. */
export function titleOf({ name, id }: { readonly name: string; readonly id: string }): string {
	return name === '' ? id : name;
}
