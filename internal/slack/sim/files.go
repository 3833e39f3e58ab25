package sim

import (
	"crypto/rand"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// File is a file that a person attached to a message.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"` // in bytes

	content string
	odd     Oddity
}

// Oddity describes a file that Slack treats in a special way. The zero value is an ordinary
// file.
type Oddity struct {
	// Type is the type that Slack finds; by default that of the name.
	Type string
	// Mode is "snippet" by default; "external" is a file of another service,
	// "tombstone" a deleted one, "hidden_by_limit" one that a free plan hides.
	Mode string
	// Connected is true for a file in a Slack Connect channel: the event has no
	// more than its ID, and files.info the rest.
	Connected bool
	// Unknown is the number of calls for which files.info does not know the file. Unready
	// is the number of calls after these for which it returns no type. If either is set,
	// the event has no type.
	Unknown, Unready int
	// NoDownload omits the address for downloads.
	NoDownload bool
	// SignIn has the file's address answer with the sign-in page, and with 200.
	SignIn bool
}

// maxFileSize is the maximum size of a file in bytes.
const maxFileSize = 1 << 20

// Upload sends a message of a person with a text file attached. As at Slack, the bot reads
// the content with its token at an address from files.info. Upload returns the message's
// timestamp.
func (w *Workspace) Upload(user, channel, text, thread, name, content string) (ts string, err error) {
	return w.UploadOdd(user, channel, text, thread, name, content, Oddity{})
}

// UploadOdd is Upload for a file that Slack treats in a special way.
func (w *Workspace) UploadOdd(user, channel, text, thread, name, content string, odd Oddity) (ts string, err error) {
	if name == "" || len(content) > maxFileSize {
		return "", fmt.Errorf("a file wants a name, and at most %d bytes", maxFileSize)
	}
	return w.say(user, channel, text, thread, &File{ID: "F" + rand.Text()[:10], Name: name, Size: len(content), content: content, odd: odd})
}

// announce returns a file as an event describes it.
func (w *Workspace) announce(f *File) map[string]any {
	if f.odd.Connected {
		return map[string]any{"id": f.ID, "mode": "file_access", "file_access": "check_file_info"}
	}
	description := w.describe(f)
	if f.odd.Unknown+f.odd.Unready > 0 {
		description["mimetype"], description["filetype"] = "", ""
	}
	return description
}

// describe returns a file as files.info describes it.
func (w *Workspace) describe(f *File) map[string]any {
	fileType, mode := f.odd.Type, f.odd.Mode
	if fileType == "" {
		fileType = typeOf(f.Name)
	}
	if mode == "" {
		mode = "snippet"
	}
	address := w.opts.APIURL + filesPath + f.ID + "/" + url.PathEscape(f.Name) // Slack's have the name, too
	description := map[string]any{
		"id": f.ID, "name": f.Name, "title": f.Name, "size": f.Size, "mimetype": mimeType(f.Name), "filetype": fileType,
		"mode": mode, "is_external": mode == "external", "url_private": address,
	}
	switch {
	case mode == "external":
		description["url_private"] = "https://drive.example.com/" + f.ID
	case mode == "tombstone", mode == "hidden_by_limit":
		return map[string]any{"id": f.ID, "mode": mode}
	case !f.odd.NoDownload:
		description["url_private_download"] = address
	}
	return description
}

// typeOf returns the type that Slack gives a file of some name.
// Source: https://docs.slack.dev/reference/objects/file-object
func typeOf(name string) string {
	switch extension := strings.TrimPrefix(strings.ToLower(path.Ext(name)), "."); extension {
	case "", "txt":
		return "text"
	case "md":
		return "markdown"
	case "py":
		return "python"
	default:
		return extension
	}
}

// mimeType is what Slack makes of a file's name: source code is plain text.
func mimeType(name string) string {
	if t, _, err := mime.ParseMediaType(mime.TypeByExtension(path.Ext(name))); err == nil && !strings.HasPrefix(t, "text/") {
		return t
	}
	return "text/plain"
}

// filesPath is the path of files below the Web API's address. filesMethod is its name for
// Fail.
const (
	filesPath   = "files/"
	filesMethod = "files"
)

func (w *Workspace) file(id string) *File {
	for _, m := range w.messages {
		for _, f := range m.Files {
			if f.ID == id {
				return f
			}
		}
	}
	return nil
}

func fileInfo(w *Workspace, f form) (map[string]any, string) {
	found := w.file(f["file"])
	switch {
	case found == nil:
		return nil, "file_not_found"
	case found.odd.Unknown > 0:
		found.odd.Unknown--
		return nil, "file_not_found"
	}
	description := w.describe(found)
	if found.odd.Unready > 0 {
		found.odd.Unready--
		description["mimetype"], description["filetype"] = "", ""
	}
	return map[string]any{"file": description}, ""
}

const signInPage = `<!DOCTYPE html><html lang="en-US"><head><title>Login | Slack</title></head>
<body>
<h1>Sign in to Simulated</h1>
<form action="/login" method="post">
<input type="email">
<button>Sign in</button>
</form></body></html>
`

// serveFile serves a file to requests with the bot's token. It redirects others to a login
// page, as Slack does.
func (w *Workspace) serveFile(rw http.ResponseWriter, r *http.Request, id string) {
	w.mu.Lock()
	found, fault := w.file(id), w.fault(Call{Method: filesMethod})
	w.mu.Unlock()
	switch {
	case fault.Cut:
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		http.Error(rw, http.StatusText(fault.Status), fault.Status)
	case token(r) != w.opts.BotToken:
		http.Redirect(rw, r, "https://simulated.slack.invalid/login", http.StatusFound)
	case found == nil:
		http.NotFound(rw, r)
	case found.odd.SignIn:
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = rw.Write([]byte(signInPage))
	default:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = rw.Write([]byte(found.content)) // the client may have closed the connection
	}
}
