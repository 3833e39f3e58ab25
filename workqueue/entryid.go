package workqueue

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// entryTime reads the time from an entry's id, which Redis makes of its clock's
// milliseconds and a sequence number.
func entryTime(id string) time.Time {
	ms, _, ok := splitEntryID(id)
	if !ok {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

func compareEntryIDs(a, b string) int {
	aTime, aSequence, _ := splitEntryID(a)
	bTime, bSequence, _ := splitEntryID(b)
	return cmp.Or(cmp.Compare(aTime, bTime), cmp.Compare(aSequence, bSequence))
}

func splitEntryID(id string) (ms, sequence int64, ok bool) {
	before, after, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseInt(before, 10, 64)
	if err != nil {
		return 0, 0, false
	}
	sequence, err = strconv.ParseInt(after, 10, 64)
	return ms, sequence, err == nil
}
