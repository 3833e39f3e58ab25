package control

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrNotSet is returned for a control that is not set.
	ErrNotSet = errors.New("it is not set")
	// ErrTooMany is returned when there are MaxControls controls already.
	ErrTooMany = fmt.Errorf("there are %d controls already: end some of them first", MaxControls)
)

// Store keeps the controls of a deployment in Redis. It is safe for concurrent use.
type Store struct {
	rdb  redis.UniversalClient
	keys []string // the controls and their version
}

// New returns a Store of the deployment app on rdb, which the caller closes.
func New(rdb redis.UniversalClient, app string) *Store {
	return &Store{rdb, []string{app + ":{controls}:set", app + ":{controls}:version"}}
}

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; each file documents its script's arguments, work and result.
var (
	setScript   = script("set")
	clearScript = script("clear")
	readScript  = script("read")
)

func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are compiled in
	}
	return redis.NewScript(string(source))
}

// Set sets a control, or replaces the one of its kind and name. It returns the control as
// it is stored, and whether it is new. It returns ErrTooMany for one too many, and an error
// for a control that is not valid.
func (s *Store) Set(ctx context.Context, c Control) (stored Control, isNew bool, err error) {
	if err := c.validate(); err != nil {
		return Control{}, false, fmt.Errorf("set %s: %w", c, err)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		return Control{}, false, fmt.Errorf("set %s: %w", c, err)
	}
	reply, err := setScript.Run(ctx, s.rdb, s.keys, c.field(), encoded, MaxControls).Slice()
	if err == nil && len(reply) != 2 {
		err = fmt.Errorf("want 2 values, got %d", len(reply))
	}
	if err != nil {
		return Control{}, false, fmt.Errorf("set %s: %w", c, err)
	}
	set, _ := reply[0].(int64)
	if set < 0 {
		return Control{}, false, fmt.Errorf("set %s: %w", c, ErrTooMany)
	}
	value, _ := reply[1].(string)
	if stored, err = decode(value); err != nil {
		return Control{}, false, fmt.Errorf("set %s: %w", c, err)
	}
	return stored, set == 1, nil
}

// Clear ends a control and returns it. It returns ErrNotSet if it is not set.
func (s *Store) Clear(ctx context.Context, kind Kind, name string) (Control, error) {
	c := Control{Kind: kind, Name: name}
	value, err := clearScript.Run(ctx, s.rdb, s.keys, c.field()).Text()
	if errors.Is(err, redis.Nil) {
		return c, fmt.Errorf("end the control of %s: %w", c, ErrNotSet)
	}
	if err != nil {
		return c, fmt.Errorf("end the control of %s: %w", c, err)
	}
	if stored, err := decode(value); err == nil {
		return stored, nil
	}
	return c, nil // a release with another format wrote it
}

// List returns all controls, ordered by kind and name.
func (s *Store) List(ctx context.Context) ([]Control, error) {
	list, _, err := s.read(ctx, "")
	return list, err
}

// read returns the controls and their version. The list is nil if the version is known.
func (s *Store) read(ctx context.Context, known string) ([]Control, string, error) {
	reply, err := readScript.Run(ctx, s.rdb, s.keys, known).Slice()
	if err == nil && len(reply) == 0 {
		err = errors.New("want a version, got nothing")
	}
	if err != nil {
		return nil, "", fmt.Errorf("read the controls: %w", err)
	}
	version, _ := reply[0].(string)
	if len(reply) == 1 {
		return nil, version, nil
	}
	values, _ := reply[1].([]any)
	list := make([]Control, 0, len(values))
	for _, value := range values {
		text, _ := value.(string)
		if c, err := decode(text); err == nil { // else a release with another format wrote it
			list = append(list, c)
		}
	}
	slices.SortFunc(list, compare)
	return list, version, nil
}

// decode decodes a control as the set script stores it.
func decode(value string) (Control, error) {
	at, encoded, _ := strings.Cut(value, " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return Control{}, fmt.Errorf("a control without its time: %q", at)
	}
	var c Control
	if err := json.Unmarshal([]byte(encoded), &c); err != nil {
		return Control{}, fmt.Errorf("a control that is no JSON: %w", err)
	}
	c.At = time.UnixMilli(ms)
	return c, nil
}
