/** Debian's python3-etcd, of the v2 API: the program python-etcd.py against quorate and against Debian's etcd, what it prints compared. */
import { testPythonProgram } from './python-program.ts';

testPythonProgram({ program: './python-etcd.py', library: 'python3-etcd', about: 'keys, times to live, watches, locks, elections and members' });
