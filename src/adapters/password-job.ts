/**
 * Hashes and compares passwords with bcrypt, on the thread that it is called on: it holds that thread for as long as the cost wants, some 60 ms at
 * 10. The only user of bcrypt. Run by workers/offload.worker.ts.
 */
import os from 'node:os';
import bcrypt from 'bcrypt';
import { type OffloadResult, OTHER, type PasswordJob, SAME } from '../protocol/offload-jobs.ts';

/** On Linux every thread has a niceness of its own: whoever guesses passwords is to take what the actors leave. */
const NICENESS = 10;

export function doPasswordJob(job: PasswordJob): OffloadResult {
	if (job.kind === 'hash_password') {
		return { ok: true, text: bcrypt.hashSync(job.password, job.cost) };
	}
	return { ok: true, text: bcrypt.compareSync(job.password, job.hash) ? SAME : OTHER };
}

/** Of the thread that loads this file. A system that does not allow it is left with the bound on jobs. */
function beNice(): boolean {
	if (process.platform !== 'linux') {
		return false;
	}
	try {
		os.setPriority(0, NICENESS);
		return true;
	} catch {
		return false;
	}
}

beNice();
