/** Times and times to live as etcd prints them. No clock: who asks says what time it is. Used by event-json.ts. */
import { assert } from '../base/assert.ts';

const DAY_MILLISECONDS = 86_400_000;
/** Days from the first of March of year 0 to the first of January 1970, and days of 400 years, of which each such span has as many. */
const EPOCH_DAY = 719_468;
const ERA_DAYS = 146_097;

/** RFC3339Nano in UTC: a fraction without zeros at its end, or none. milliseconds: since 1970. */
export function goTime(milliseconds: number): string {
	assert(Number.isSafeInteger(milliseconds) && milliseconds >= 0, () => `a time of ${milliseconds} ms`);
	const days = Math.floor(milliseconds / DAY_MILLISECONDS);
	const rest = milliseconds - days * DAY_MILLISECONDS;
	const clock = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1_000) % 60].map((part) => pad(part, 2)).join(':');
	const fraction = rest % 1_000 === 0 ? '' : `.${pad(rest % 1_000, 3).replace(/0+$/, '')}`;
	return `${calendarDay(days)}T${clock}${fraction}Z`;
}

/** What is left, in seconds: the rest of a second counts as one; of what is overdue, only whole seconds do. Never -0. */
export function ttlSeconds(expiration: number, now: number): number {
	return Math.ceil((expiration - now) / 1_000) + 0;
}

/** By years that begin in March, so that the day that comes and goes is the last (H. Hinnant, chrono-compatible date algorithms). */
function calendarDay(daysSince1970: number): string {
	const shifted = daysSince1970 + EPOCH_DAY;
	const era = Math.floor(shifted / ERA_DAYS);
	const dayOfEra = shifted - era * ERA_DAYS;
	const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
	const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
	const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
	const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
	const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
	return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(part: number, digits: number): string {
	return String(part).padStart(digits, '0');
}
