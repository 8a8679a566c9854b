/** How often the keyspace was used, in etcd's way of counting: each put, delete and range of a txn for itself, and the txn if it had more than one. */
export class KeyspaceCounts {
	puts = 0;
	/** Of keys and values that were put. */
	putBytes = 0;
	deletes = 0;
	ranges = 0;
	txns = 0;

	put(operation: { readonly key: Uint8Array; readonly value: Uint8Array }): void {
		this.puts += 1;
		this.putBytes += operation.key.length + operation.value.length;
	}
}
