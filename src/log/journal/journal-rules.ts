/** The rules that the journal's promise rests on. All of them hold in the product; tests break one at a time, and must see it. */
export interface JournalRules {
	/** A record names the checksum of the one before it. */
	readonly chain: boolean;
	/** Each record is flushed before the next one is written. */
	readonly flushEachRecord: boolean;
	/** A segment is used again only after all of it is folded into the log's engine. */
	readonly reuseFoldedOnly: boolean;
	/** The last record found at opening is written and flushed again before the log says what it holds. */
	readonly secureTail: boolean;
}

export const ALL_JOURNAL_RULES: JournalRules = { chain: true, flushEachRecord: true, reuseFoldedOnly: true, secureTail: true };
