/** Debian's python3-etcd3: the program python-etcd3.py against quorate and against Debian's etcd, what it prints compared. */
import { testPythonProgram } from './python-program.ts';

testPythonProgram({
	program: './python-etcd3.py',
	library: 'python3-etcd3',
	about: 'keys, transactions, watches, leases, locks, history and upkeep',
});
