package workqueue

// Encode returns an event as it is on its stream.
func Encode(e Event) []byte { return entry{Event: e}.encode() }
