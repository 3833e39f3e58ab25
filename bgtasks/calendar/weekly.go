// Package calendar has schedules by the calendar of a time zone, such as Mondays at 9:00 in
// Berlin. It computes times and nothing else: it must not know jobs, storage or chats.
package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the container image has no time zones of its own
)

// Weekly is a time of each week, as the clocks of a place show it.
//
// It occurs once a week whatever these clocks do. A time that they skip, when daylight saving
// time begins, occurs as much later as they were put forward: 2:30 is then 3:30. Of a time that
// they show twice, when it ends, the first one counts.
type Weekly struct {
	Day          time.Weekday
	Hour, Minute int
	Location     *time.Location
}

// ParseWeekly reads a day of the week in English, a time of day, 00:00 to 23:59, and the name of a time
// zone of the IANA database, such as "Monday 09:00 Europe/Berlin". Without a zone it is UTC.
func ParseWeekly(text string) (Weekly, error) {
	fields := strings.Fields(text)
	if len(fields) == 2 {
		fields = append(fields, "UTC")
	}
	if len(fields) != 3 {
		return Weekly{}, errors.New("want a day, a time and a time zone, such as Monday 09:00 Europe/Berlin")
	}
	w := Weekly{Day: -1}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(day.String(), fields[0]) {
			w.Day = day
		}
	}
	if w.Day < 0 {
		return Weekly{}, fmt.Errorf("%q is no day of the week", fields[0])
	}
	clock, err := time.Parse("15:04", fields[1])
	if err != nil {
		return Weekly{}, fmt.Errorf("%q is no time of day from 00:00 to 23:59", fields[1])
	}
	w.Hour, w.Minute = clock.Hour(), clock.Minute()
	// "Local" depends on the machine, and several run the bot.
	if w.Location, err = time.LoadLocation(fields[2]); err != nil || w.Location == time.Local {
		return Weekly{}, fmt.Errorf("%q is no time zone", fields[2])
	}
	return w, nil
}

// String returns w in the form that ParseWeekly reads.
func (w Weekly) String() string {
	return fmt.Sprintf("%s %02d:%02d %s", w.Day, w.Hour, w.Minute, w.Location)
}

// Next returns the first occurrence after a time.
func (w Weekly) Next(after time.Time) time.Time {
	today := after.In(w.Location)
	for day := today.Day() - w.daysSince(today) - 7; ; day += 7 {
		if t := w.on(today.Year(), today.Month(), day); t.After(after) {
			return t
		}
	}
}

// Latest returns the last occurrence that is not after a time.
func (w Weekly) Latest(now time.Time) time.Time {
	today := now.In(w.Location)
	for day := today.Day() - w.daysSince(today); ; day -= 7 {
		if t := w.on(today.Year(), today.Month(), day); !t.After(now) {
			return t
		}
	}
}

// daysSince returns how many days ago the weekday was, 0 to 6.
func (w Weekly) daysSince(today time.Time) int { return (int(today.Weekday()-w.Day) + 7) % 7 }

// on returns the occurrence of a day, which may be outside of its month, as in time.Date. For a
// time that clocks skip or repeat, time.Date does not say which of two times it returns.
func (w Weekly) on(year int, month time.Month, day int) time.Time {
	shown := time.Date(year, month, day, w.Hour, w.Minute, 0, 0, time.UTC)
	read := func(at time.Time) time.Time { // by clocks that are set as they are at that time
		_, offset := at.In(w.Location).Zone()
		return shown.Add(-time.Duration(offset) * time.Second).In(w.Location)
	}
	before, after := read(shown.Add(-24*time.Hour)), read(shown.Add(24*time.Hour))
	if !w.shows(before) && w.shows(after) {
		return after
	}
	return before
}

// shows reports whether the clocks show the time of day.
func (w Weekly) shows(t time.Time) bool { return t.Hour() == w.Hour && t.Minute() == w.Minute }
