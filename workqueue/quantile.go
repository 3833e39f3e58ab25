package workqueue

import "time"

// Quantile returns the length that a share q of the durations, 0 to 1, did not
// exceed, as near as the bounds tell: within the bounds that it lies between, all
// lengths are taken to be as likely. It returns false when nothing was counted, and
// the highest bound for lengths beyond it.
func (h Histogram) Quantile(q float64) (time.Duration, bool) {
	total := h.Total()
	if total <= 0 {
		return 0, false
	}
	rank, below := q*float64(total), float64(0)
	for i, bound := range histogramBounds {
		count := float64(h.Counts[i])
		if count > 0 && below+count >= rank {
			var low time.Duration
			if i > 0 {
				low = histogramBounds[i-1]
			}
			share := max(rank-below, 0) / count
			return low + time.Duration(share*float64(bound-low)), true
		}
		below += count
	}
	return histogramBounds[len(histogramBounds)-1], true
}

// Sub returns the counts since an earlier state of the same histogram.
func (h Histogram) Sub(earlier Histogram) Histogram {
	for i := range h.Counts {
		h.Counts[i] -= earlier.Counts[i]
	}
	h.Sum -= earlier.Sum
	return h
}

// Add returns the sums of the counts of two histograms.
func (h Histogram) Add(other Histogram) Histogram {
	for i := range h.Counts {
		h.Counts[i] += other.Counts[i]
	}
	h.Sum += other.Sum
	return h
}
