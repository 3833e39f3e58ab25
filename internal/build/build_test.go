package build

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestInfo_With(t *testing.T) {
	t.Parallel()
	recorded := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	revision, dirty := debug.BuildSetting{Key: "vcs.revision", Value: "0a1b"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, test := range []struct {
		name   string
		linked string
		read   *debug.BuildInfo
		want   string
	}{
		{"a tag", "", recorded("v1.2.3", revision), "v1.2.3, commit 0a1b, go1 os/arch"},
		{"changed sources", "", recorded("v1.2.4-0.2026+dirty", revision, dirty), "v1.2.4-0.2026+dirty, commit 0a1b+dirty, go1 os/arch"},
		{"without history", "", recorded("(devel)"), "unknown version, commit unknown, go1 os/arch"},
		{"an image", "c0ffee", recorded("(devel)"), "unknown version, commit c0ffee, go1 os/arch"},
		{"an image with history", "c0ffee", recorded("v1.2.3", revision, dirty), "v1.2.3, commit c0ffee, go1 os/arch"},
	} {
		if got := (Info{Commit: test.linked, Go: "go1", Platform: "os/arch"}).with(test.read).String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
	if got := Read().String(); !strings.HasSuffix(got, runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH) {
		t.Errorf("this build: %s", got)
	}
}
