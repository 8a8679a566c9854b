/** A request's message, or null if its bytes are none: protobufjs throws for those, and a caller's mistake is no fault of ours. */
export function decoded<T>(decode: () => T): T | null {
	try {
		return decode();
	} catch {
		return null;
	}
}
