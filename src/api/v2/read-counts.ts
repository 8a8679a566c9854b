/** Reads of the v2 tree that one lane has answered, for /v2/stats/store. Counted by keys.ts. */
export class ReadCounts {
	success = 0;
	fail = 0;

	/** status: of the answer. */
	note(status: number): void {
		if (status < 400) {
			this.success += 1;
		} else {
			this.fail += 1;
		}
	}
}
