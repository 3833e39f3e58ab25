package bgtasks

// keys names the Redis keys of one deployment. The part in braces is Redis
// Cluster's hash tag: all keys live in one slot, so that a script can check the
// lease before it writes.
type keys struct{ app string }

func (k keys) lease() string { return k.app + ":{bgtasks}:lease" }

func (k keys) token() string { return k.app + ":{bgtasks}:token" }

// jobs names a hash that lists the leader's jobs.
func (k keys) jobs() string { return k.app + ":{bgtasks}:jobs" }

func (k keys) job(name string) string { return k.app + ":{bgtasks}:job:" + name }
