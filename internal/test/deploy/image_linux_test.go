package deploy

import (
	"bytes"
	"debug/elf"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gobridge/gopherbot/internal/test/testenv"
)

// commands are the programs of a deployment.
var commands = []string{"bgtasks", "consumer", "gateway", "gopherbot"}

// nobody is the user in the image.
const nobody = 65532

// TestDeploy_ImageIsSelfContained builds the commands as the Dockerfile does, and runs
// them as its user in a file system that has nothing else.
func TestDeploy_ImageIsSelfContained(t *testing.T) {
	t.Parallel()
	dockerfile := read(t, "Dockerfile")
	build := regexp.MustCompile(`(?m)^RUN (.* go build .*)$`).FindStringSubmatch(dockerfile)
	if build == nil {
		t.Fatal("the Dockerfile builds nothing")
	}
	_, image, _ := strings.Cut(dockerfile, "\nFROM scratch\n")
	for _, want := range []string{"\nCOPY --from=build /out/ /\n", "\nUSER 65532:65532\n", "\nCMD [\"/gateway\"]\n"} {
		if !strings.Contains(image, want) {
			t.Errorf("the image from scratch lacks %q", want)
		}
	}
	if strings.Contains(image, "\nRUN ") {
		t.Error("there is no shell in the image to run anything with")
	}

	root := emptyRoot(t)
	out, err := exec.Command("sh", "-c", strings.ReplaceAll(build[1], "/out/", root+"/")).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", build[1], err, out)
	}
	for _, name := range commands {
		static(t, filepath.Join(root, name))
		out, err := inside(t, root, "/"+name, "--help").CombinedOutput()
		if err != nil || !strings.Contains(string(out), name) {
			t.Errorf("%s --help: %v\n%s", name, err, out)
		}
	}
	// What it is not told it says, and does not go looking for elsewhere.
	doctor := inside(t, root, "/gopherbot", "doctor", "--release")
	if out, err := doctor.CombinedOutput(); err == nil || !strings.Contains(string(out), "REDIS_URL is not set") {
		t.Errorf("gopherbot doctor: %v\n%s", err, out)
	}
	serves(t, root)
}

// emptyRoot returns a folder that any user may enter.
func emptyRoot(t *testing.T) string {
	t.Helper()
	root, err := os.MkdirTemp("", "gopherbot-root-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(root); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return root
}

// inside returns a command that sees root as its file system, and is run as
// nobody in particular.
func inside(t *testing.T, root, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := &exec.Cmd{Path: name, Args: append([]string{name}, args...), Env: []string{}, Dir: "/"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		return cmd
	}
	// Whoever is not root may still be it in a namespace of their own.
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: nobody, HostID: os.Getgid(), Size: 1}}
	return cmd
}

// static holds a program to be one that no dynamic loader is needed for.
func static(t *testing.T, path string) {
	t.Helper()
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("%s is linked dynamically", path)
		}
	}
}

// serves starts the gateway there, with a Redis that is away, and stops it.
func serves(t *testing.T, root string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	gateway := inside(t, root, "/gateway")
	gateway.Env = []string{
		"PORT=" + port, "REDIS_URL=redis://127.0.0.1:1", "GOPHER_REDIS_INSECURE=true", "GOPHER_SLACK_APP_ID=A1", "GOPHER_SLACK_TEAM_ID=T1",
		"GOPHER_SLACK_REQUEST_SECRET=8f742231b10e8888abcd99yyyzzz85a5",
	}
	gateway.Stderr = write
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	if err := read.SetReadDeadline(time.Now().Add(testenv.Timeout)); err != nil {
		t.Fatal(err)
	}
	for buffer := make([]byte, 4096); !strings.Contains(log.String(), "gateway serves"); {
		n, err := read.Read(buffer)
		if err != nil {
			t.Fatalf("the gateway ended, or does not serve: %v\n%s", err, log.String())
		}
		log.Write(buffer[:n])
	}
	if err := gateway.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := testenv.Ended(gateway); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	read.Close()
}

// TestDeploy_SystemdUnit has systemd read the unit for each of the processes.
func TestDeploy_SystemdUnit(t *testing.T) {
	t.Parallel()
	analyze := testenv.Program(t, "systemd-analyze")
	unit := read(t, "deploy/gopherbot@.service")
	programs := regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(unit)
	if programs == nil || programs[1] != "/usr/local/bin/%i" {
		t.Fatalf("the unit starts %q", programs)
	}
	for _, name := range commands[:3] {
		if !strings.Contains(unit, "gopherbot@"+name) {
			t.Errorf("the unit does not say how to start %s", name)
		}
		dir := t.TempDir()
		program, file := filepath.Join(dir, name), filepath.Join(dir, "gopherbot@"+name+".service")
		if err := os.WriteFile(program, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(unit, "/usr/local/bin", dir)), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
