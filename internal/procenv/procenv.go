// Package procenv protects the secrets that a process has got in its environment. A process
// may unset a variable, but the kernel still shows what it was started with, in
// /proc/PID/environ: to root, to the same user, and to whoever gets a dump of its memory.
//
// It knows nothing of the variables but their names.
package procenv
