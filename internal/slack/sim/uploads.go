package sim

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// uploadPath is the path of addresses for uploads below the Web API's, and uploadMethod its
// name for Fail.
const (
	uploadPath   = "upload/v1/"
	uploadMethod = "upload"
)

// maxUpload is the maximum size in bytes of a file that the app uploads.
const maxUpload = 20 << 20

// beginUpload answers files.getUploadURLExternal with an address of this server: clients send
// their token to no other.
// Source: https://docs.slack.dev/reference/methods/files.getUploadURLExternal
func beginUpload(w *Workspace, f form) (map[string]any, string) {
	size, err := strconv.Atoi(f["length"])
	if err != nil || size < 1 || size > maxUpload || f["filename"] == "" {
		return nil, "invalid_arguments"
	}
	file := &File{ID: "F" + rand.Text()[:10], Name: f["filename"], Size: size}
	w.uploads[file.ID] = file
	return map[string]any{"file_id": file.ID, "upload_url": w.opts.APIURL + uploadPath + file.ID}, ""
}

// serveUpload takes the content of a file, as the body or in a form.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request, id string) {
	w.mu.Lock()
	fault := w.fault(Call{Method: uploadMethod})
	w.mu.Unlock()
	switch {
	case fault.Cut:
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		http.Error(rw, http.StatusText(fault.Status), fault.Status)
		return
	}
	var body io.Reader = http.MaxBytesReader(rw, r.Body, maxUpload+1<<20)
	if form, err := r.MultipartReader(); err == nil {
		part, err := form.NextPart()
		for err == nil && part.FileName() == "" {
			part, err = form.NextPart()
		}
		if err != nil {
			http.Error(rw, "no file", http.StatusBadRequest)
			return
		}
		body = part
	}
	content, err := io.ReadAll(body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	file := w.uploads[id]
	if file == nil || len(content) != file.Size {
		http.Error(rw, "no such upload, or of another size", http.StatusBadRequest)
		return
	}
	file.content = string(content)
	_, _ = io.WriteString(rw, "OK - "+strconv.Itoa(file.Size)) // the client may have closed the connection
}

// shareUpload answers files.completeUploadExternal: a message of the bot's has the files. The
// answer does not name it.
// Source: https://docs.slack.dev/reference/methods/files.completeUploadExternal
func shareUpload(w *Workspace, f form) (map[string]any, string) {
	var list []struct{ ID, Title string }
	if json.Unmarshal([]byte(f["files"]), &list) != nil || len(list) == 0 {
		return nil, "invalid_arguments"
	}
	c := w.channel(f["channel_id"])
	switch {
	case f["channel_id"] == "":
		return map[string]any{"files": list}, ""
	case c == nil:
		return nil, "channel_not_found"
	case !slices.Contains(c.Members, BotUserID): // chat:write.public is not enough
		return nil, "not_in_channel"
	case c.Archived:
		return nil, "is_archived"
	}
	m := Message{Channel: c.ID, ThreadTS: f["thread_ts"], User: BotUserID, Text: f["initial_comment"]}
	shared := []any{}
	for _, l := range list {
		file := w.uploads[l.ID]
		if file == nil || file.content == "" {
			return nil, "file_not_found"
		}
		m.Files = append(m.Files, file)
		shared = append(shared, map[string]any{"id": file.ID, "title": l.Title})
	}
	for _, file := range m.Files {
		delete(w.uploads, file.ID)
	}
	w.post(m)
	return map[string]any{"files": shared}, ""
}

// Content returns the content of a file that is on a message, and whether there is one.
func (w *Workspace) Content(id string) (string, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f := w.file(id); f != nil {
		return f.content, true
	}
	return "", false
}

func userByEmail(w *Workspace, f form) (map[string]any, string) {
	for _, p := range w.people {
		if p.Email != "" && strings.EqualFold(p.Email, f["email"]) {
			return userInfo(w, form{"user": p.ID})
		}
	}
	return nil, "users_not_found"
}
