package redistest

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Stored describes data in Redis that outlives the process which wrote it. During
// a deploy the next release reads it, so each release adds a sample of it to
// testdata/released, and samples are never changed: see CONTRIBUTING.md.
type Stored struct {
	// Name is the subfolder of testdata/released with the samples. It is "" if the
	// package stores one kind of data.
	Name string
	// About describes the keys that contain a word. Every key must contain one.
	About map[string]string
	// Leave writes this release's data to Redis. It returns the expected values,
	// which are kept as JSON, or nil if Check knows them. A second test of the same
	// samples has no Leave.
	Leave func(t *testing.T, rdb redis.UniversalClient, app string) (want any)
	// Check reads the data of a release and compares it with the expected values,
	// which want decodes.
	Check func(t *testing.T, rdb redis.UniversalClient, app string, want func(v any))
}

// releaseVariable names the release whose sample is written.
const releaseVariable = "GOPHER_RELEASE"

// samplesDir holds a package's samples: for each release the Redis commands that
// restore its data, and the expected values as JSON.
const samplesDir = "testdata/released"

func (s Stored) dir() string { return filepath.Join(samplesDir, s.Name) }

// Released checks the samples of all releases, each under its own key prefix in the
// shared Redis. If GOPHER_RELEASE names a release, it first writes its sample.
func Released(t *testing.T, s Stored) {
	t.Helper()
	if release := os.Getenv(releaseVariable); release != "" && s.Leave != nil {
		s.write(t, filepath.Join(s.dir(), release))
	}
	samples, err := filepath.Glob(filepath.Join(s.dir(), "*.redis"))
	if err != nil || len(samples) == 0 {
		t.Fatalf("there are no samples in %s (%v)", s.dir(), err)
	}
	for _, sample := range samples {
		name := strings.TrimSuffix(sample, ".redis")
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			rdb, app := Open(t, Single), App()
			restore(t, rdb, app, sample)
			s.Check(t, rdb, app, func(v any) {
				t.Helper()
				encoded, err := os.ReadFile(name + ".json")
				if err == nil {
					err = json.Unmarshal(encoded, v)
				}
				if err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// placeholder stands in a sample for the deployment's name.
const placeholder = "APP"

func (s Stored) write(t *testing.T, name string) {
	t.Helper()
	rdb, app := Open(t, Single), App()
	want := s.Leave(t, rdb, app)
	var out bytes.Buffer
	fmt.Fprintf(&out, "# What release %s leaves in Redis, as the commands that restore it, with %s for the\n", filepath.Base(name), placeholder)
	fmt.Fprintln(&out, "# deployment's name. Written by \"make samples\"; what is released is not changed.")
	keys, err := rdb.Keys(t.Context(), app+":*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	described := ""
	for _, key := range keys {
		commands := dump(t, rdb.(*redis.Client), key)
		if len(commands) == 0 {
			continue // an empty stream
		}
		if about := s.about(t, key); about != described {
			described = about
			fmt.Fprintf(&out, "\n# %s\n", about)
		}
		for _, command := range commands {
			for i, arg := range command {
				if rest, ours := strings.CutPrefix(arg, app+":"); ours {
					arg = placeholder + ":" + rest
				}
				if i > 0 {
					arg = " " + strconv.Quote(arg)
				}
				out.WriteString(arg)
			}
			out.WriteByte('\n')
		}
	}
	files := map[string][]byte{name + ".redis": out.Bytes()}
	if want != nil {
		encoded, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		files[name+".json"] = append(encoded, '\n')
	}
	for file, content := range files {
		if err := os.MkdirAll(s.dir(), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (s Stored) about(t *testing.T, key string) string {
	t.Helper()
	for _, word := range slices.Sorted(maps.Keys(s.About)) {
		if strings.Contains(key, word) {
			return s.About[word]
		}
	}
	t.Errorf("Stored.About does not describe %s", key)
	return ""
}

// dump returns the commands that restore a key, with the idle time and the number of
// deliveries of pending entries.
func dump(t *testing.T, rdb *redis.Client, key string) (commands [][]string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("read %s: %v", key, err)
		}
	}
	kind, err := rdb.Type(ctx, key).Result()
	must(err)
	switch kind {
	case "string":
		value, err := rdb.Get(ctx, key).Result()
		must(err)
		commands = append(commands, []string{"SET", key, value})
	case "hash":
		fields, err := rdb.HGetAll(ctx, key).Result()
		must(err)
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			commands = append(commands, []string{"HSET", key, field, fields[field]})
		}
	case "set":
		members, err := rdb.SMembers(ctx, key).Result()
		must(err)
		slices.Sort(members)
		for _, member := range members {
			commands = append(commands, []string{"SADD", key, member})
		}
	case "list":
		values, err := rdb.LRange(ctx, key, 0, -1).Result()
		must(err)
		for _, value := range values {
			commands = append(commands, []string{"RPUSH", key, value})
		}
	case "zset":
		members, err := rdb.ZRangeWithScores(ctx, key, 0, -1).Result()
		must(err)
		for _, m := range members {
			commands = append(commands, []string{"ZADD", key, strconv.FormatFloat(m.Score, 'f', -1, 64), m.Member.(string)})
		}
	case "stream":
		commands, err = dumpStream(ctx, rdb, key)
		must(err)
	default:
		t.Fatalf("%s is a %s", key, kind)
	}
	left, err := rdb.PTTL(ctx, key).Result()
	must(err)
	if left > 0 {
		commands = append(commands, []string{"PEXPIRE", key, strconv.FormatInt(left.Milliseconds(), 10)})
	}
	return commands
}

func dumpStream(ctx context.Context, rdb *redis.Client, key string) (commands [][]string, err error) {
	// XRange of go-redis returns a map, which loses the order of the fields.
	entries, err := rdb.Do(ctx, "XRANGE", key, "-", "+").Slice()
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		parts := e.([]any)
		command := []string{"XADD", key, parts[0].(string)}
		for _, field := range parts[1].([]any) {
			command = append(command, field.(string))
		}
		commands = append(commands, command)
	}
	groups, err := rdb.XInfoGroups(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		commands = append(commands, []string{"XGROUP", "CREATE", key, g.Name, g.LastDeliveredID, "MKSTREAM"})
		pending, err := rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: key, Group: g.Name, Start: "-", End: "+", Count: 1000}).Result()
		if err != nil {
			return nil, err
		}
		for _, p := range pending {
			commands = append(commands, []string{
				"XCLAIM", key, g.Name, p.Consumer, "0", p.ID,
				"IDLE", strconv.FormatInt(p.Idle.Milliseconds(), 10), "RETRYCOUNT", strconv.FormatInt(p.RetryCount, 10), "FORCE", "JUSTID",
			})
		}
	}
	return commands, nil
}

// restore runs the commands of a sample for the deployment app.
func restore(t *testing.T, rdb redis.UniversalClient, app, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		command, rest, _ := strings.Cut(line, " ")
		args := []any{command}
		for rest != "" {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				t.Fatalf("%s:%d: want strings in Go's quotes: %v", file, number, err)
			}
			rest = strings.TrimPrefix(rest[len(quoted):], " ")
			arg, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("%s:%d: %v", file, number, err)
			}
			if name, ours := strings.CutPrefix(arg, placeholder+":"); ours {
				arg = app + ":" + name
			}
			args = append(args, arg)
		}
		if err := rdb.Do(t.Context(), args...).Err(); err != nil {
			t.Fatalf("%s:%d: %v", file, number, err)
		}
	}
}
