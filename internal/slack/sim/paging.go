package sim

import "strconv"

// paging is the part of a list that a call asks for. The cursor is the place of its first
// item.
type paging struct{ start, limit int }

// paging reads cursor and limit, which defaults to 100 and is at most most. It returns
// Slack's error for a bad one.
func (f form) paging(most int) (p paging, code string) {
	p.limit = 100
	var err error
	if f["cursor"] != "" {
		if p.start, err = strconv.Atoi(f["cursor"]); err != nil || p.start < 0 {
			return paging{}, "invalid_cursor"
		}
	}
	if f["limit"] != "" {
		if p.limit, err = strconv.Atoi(f["limit"]); err != nil || p.limit < 1 || p.limit > most {
			return paging{}, "invalid_limit"
		}
	}
	return p, ""
}

// pageOf returns the part of a list, and the cursor of the next part, "" after the last.
func pageOf[T any](all []T, p paging) (part []T, next string) {
	start := min(p.start, len(all))
	end := min(start+p.limit, len(all))
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return all[start:end], next
}
