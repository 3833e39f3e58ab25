package control

import "time"

// Poll has w read the controls so often.
func (w *Watcher) Poll(every time.Duration) { w.interval = every }
