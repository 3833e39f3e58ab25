package batch

// Waiting returns how many items wait for a call.
func (b *Batcher[T]) Waiting() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, batch := range b.waiting {
		n += len(batch.items)
	}
	return n
}
