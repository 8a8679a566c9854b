import { runSeed } from './run-seed.ts';
import { drawPlan } from './plan.ts';
const seed = Number(process.argv[2] ?? 1);
const n = Number(process.argv[3] ?? 1);
const trace = process.argv[4] === 'trace' ? (l: string) => console.log(l) : null;
const t0 = performance.now();
for (let s = seed; s < seed + n; s++) {
	if (n === 1) console.log(JSON.stringify(drawPlan(s)));
	const r = runSeed(s, { trace });
	if (r.code !== 0 || n === 1) console.log(s, r.code, r.reason, r.stack.split('\n').slice(0, 12).join('\n'), r.digest, JSON.stringify(r.counts));
}
console.log(((performance.now() - t0) / n).toFixed(0), 'ms per seed');
