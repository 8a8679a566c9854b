/** Entry point of the offload pools: does one job. Piscina requires this file, and it imports the rest when it runs (thread.worker.ts says why). */
import type { OffloadJob, OffloadResult } from '../src/protocol/offload-jobs.ts';

export default async function run(job: OffloadJob): Promise<OffloadResult> {
	if (job.kind !== 'export_snapshot') {
		return (await import('../src/adapters/password-job.ts')).doPasswordJob(job);
	}
	const { exportStore } = await import('../src/adapters/etcd-export-job.ts');
	const unwanted = new Int32Array(job.unwanted);
	return exportStore(job, () => Atomics.load(unwanted, 0) === 0) ? { ok: true, text: '' } : { ok: false, why: 'nobody wants it any more' };
}
