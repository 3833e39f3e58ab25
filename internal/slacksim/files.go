package slacksim

import (
	"crypto/rand"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// File is what somebody attached to a message.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"` // in bytes

	content string
}

// maxFileSize is how many bytes a file may have.
const maxFileSize = 1 << 20

// Upload lets a person say something with a text file attached. Its content is
// read, as Slack's are, at an address that files.info tells and with the bot's
// token. It returns the message's timestamp.
func (w *Workspace) Upload(user, channel, text, thread, name, content string) (ts string, err error) {
	if name == "" || len(content) > maxFileSize {
		return "", fmt.Errorf("a file wants a name, and at most %d bytes", maxFileSize)
	}
	return w.say(user, channel, text, thread, &File{ID: "F" + rand.Text()[:10], Name: name, Size: len(content), content: content})
}

// describe returns what Slack tells of a file.
func (w *Workspace) describe(f *File) map[string]any {
	address := w.opts.APIURL + filesPath + f.ID + "/" + url.PathEscape(f.Name) // Slack's have the name, too
	return map[string]any{
		"id": f.ID, "name": f.Name, "title": f.Name, "size": f.Size, "mimetype": mimeType(f.Name), "mode": "snippet",
		"url_private": address, "url_private_download": address,
	}
}

// mimeType is what Slack makes of a file's name: source code is plain text.
func mimeType(name string) string {
	if t, _, err := mime.ParseMediaType(mime.TypeByExtension(path.Ext(name))); err == nil && !strings.HasPrefix(t, "text/") {
		return t
	}
	return "text/plain"
}

// filesPath is where files are read, below the Web API's address, and
// filesMethod what Fail calls that.
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
	if found == nil {
		return nil, "file_not_found"
	}
	return map[string]any{"file": w.describe(found)}, ""
}

// serveFile serves a file to who has the bot's token, and sends others to a
// login, as Slack does.
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
	default:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = rw.Write([]byte(found.content)) // whoever asked may have gone
	}
}
