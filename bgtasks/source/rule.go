package source

import (
	"slices"
	"time"
)

// feedCursor is how far a feed was read. Builds that know no rule read and write
// the validators and Seen alone.
type feedCursor struct {
	validators
	// Seen are the ids of the entries that were there, as digests, the newest last.
	Seen seen `json:"seen"`
	// Rule is the version of the rule that the cursor was written by, 0 for none.
	Rule int `json:"rule,omitempty"`
	// Newest is the date of the newest entry that was ever new, at that time. It is
	// never later than the time at which the entry was found.
	Newest time.Time `json:"newest,omitzero"`
	// Aliases identify the entries of the last non-empty answer by link and title.
	Aliases []string `json:"aliases,omitempty"`
	// Ambiguous are ids that different entries had, as digests, the newest last.
	Ambiguous []string `json:"ambiguous,omitempty"`
}

// rule is the version of the rule.
const rule = 1

// ambiguousKept is how many ambiguous ids are remembered.
const ambiguousKept = 100

// take returns the new entries of a feed, the newest on top, and updates the cursor.
// The rules for announcements are:
//
//   - An entry is known if its id was there before, or if its link and title are
//     those of one entry of the last answer. Known entries are not new, even if other
//     parts of them change.
//   - An entry that is dated before the newest known one is not new. A date in
//     the future counts as now.
//   - An entry with the date of the newest known one is new if it is above a
//     known one, or if the list reaches back to older known ones. Otherwise it may
//     have been there all the time, below the end of the list.
//   - In a feed without dates, or with one date for all, the entries above the
//     topmost known one are new. Where only some lack a date, those are new,
//     unless dated ones show that the list reaches further back than before.
func (c *feedCursor) take(entries []*entry, now time.Time) (fresh []*entry) {
	entries = c.know(entries)
	ordered := inOrder(entries)
	for _, e := range entries {
		e.date = earlier(e.date, now)
	}
	newest := c.Newest
	if c.Rule == 0 { // the build before did not keep it
		for _, e := range entries {
			if e.known && e.date.After(newest) {
				newest = e.date
			}
		}
	}
	topmost, olderKnown, reachesBack := len(entries), false, false
	for i, e := range entries {
		older := !e.date.IsZero() && e.date.Before(newest)
		if e.known {
			topmost = min(topmost, i)
		}
		olderKnown = olderKnown || older && e.known
		reachesBack = reachesBack || older && !e.known
	}
	isNew := func(i int, e *entry) bool {
		switch {
		case e.known, !e.date.IsZero() && e.date.Before(newest):
			return false
		case e.date.Equal(newest) && !newest.IsZero():
			return i < topmost && topmost < len(entries) || olderKnown
		case !ordered:
			return i < topmost
		case e.date.IsZero():
			return !reachesBack
		default:
			return true
		}
	}
	c.Newest = newest
	for i, e := range entries {
		if isNew(i, e) {
			fresh = append(fresh, e)
		}
		if !e.known && e.date.After(c.Newest) {
			c.Newest = e.date
		}
	}
	c.remember(entries)
	return fresh
}

// inOrder reports whether the entries' dates order them.
func inOrder(entries []*entry) bool {
	dates := map[int64]bool{}
	for _, e := range entries {
		if !e.date.IsZero() {
			dates[e.date.UnixNano()] = true
		}
	}
	return len(dates) > 1 || len(dates) == len(entries)
}

// know identifies the entries and marks the known ones. It leaves out repetitions
// further down the list.
func (c *feedCursor) know(entries []*entry) []*entry {
	seen, aliases, ambiguous := set(c.Seen), set(c.Aliases), set(c.Ambiguous)
	if len(entries) == 1 && c.Rule > 0 {
		// A feed that has only its latest entry may give all of them one id.
		e := entries[0]
		if d := digest(e.guid); seen[d] && !ambiguous[d] && e.link != "" && !seen[linkMark(e)] && e.date.After(c.Newest) {
			ambiguous[d] = true
			c.Ambiguous = append(c.Ambiguous, d)
		}
	}
	c.Ambiguous = append(c.Ambiguous, identify(entries, ambiguous)...)
	c.Ambiguous = c.Ambiguous[max(0, len(c.Ambiguous)-ambiguousKept):]
	there := map[string]bool{}
	entries = slices.DeleteFunc(entries, func(e *entry) bool {
		again := there[e.ID]
		there[e.ID] = true
		return again
	})
	unique := uniqueAliases(entries)
	for _, e := range entries {
		e.known = seen[digest(e.ID)] || unique[e.alias()] && aliases[e.alias()] || c.Rule == 0 && seen[digest(e.legacyID())]
	}
	return entries
}

// remember puts the entries into the cursor.
func (c *feedCursor) remember(entries []*entry) {
	c.Rule = rule
	if len(entries) == 0 {
		return // a server that lost its entries may find them again
	}
	var digests []string
	for _, e := range slices.Backward(entries) {
		digests = append(digests, digest(e.legacyID()), digest(e.ID))
		if e.link == "" && e.stamp != "" {
			digests = append(digests, digest(e.stamp)) // its id, should the other become ambiguous
		}
	}
	if len(entries) == 1 && entries[0].link != "" {
		digests = append(digests, linkMark(entries[0]))
	}
	c.Seen = c.Seen.with(digests)
	c.Aliases = nil
	unique := uniqueAliases(entries)
	for _, e := range entries {
		if unique[e.alias()] {
			c.Aliases = append(c.Aliases, e.alias())
		}
	}
}

// linkMark is the digest that stands for the link of a feed's only entry.
func linkMark(e *entry) string { return digest("link " + e.link) }

// uniqueAliases returns the aliases that only one entry has.
func uniqueAliases(entries []*entry) map[string]bool {
	times := map[string]int{}
	for _, e := range entries {
		times[e.alias()]++
	}
	unique := map[string]bool{}
	for alias, n := range times {
		unique[alias] = n == 1 && alias != ""
	}
	return unique
}
