package send

import (
	"encoding/base64"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gobridge/gopherbot/gateway/notify/problem"
	"github.com/gobridge/gopherbot/internal/event"
)

// maxFileName is how many bytes the name of a file may have.
const maxFileName = 255

func fileTooLarge(maxFile int64) *problem.Problem {
	return problem.New(problem.TooLarge, "the file has more than the %d bytes that the server takes", maxFile)
}

func (r Request) checkFile(w *Wanted, maxFile int64) *problem.Problem {
	if r.File == nil {
		return nil
	}
	content, p := r.File.bytes(maxFile)
	if p != nil {
		return p
	}
	name := cleanName(r.File.Name)
	switch {
	case len(content) == 0:
		return problem.New(problem.BadFile, "the file is empty")
	case int64(len(content)) > maxFile:
		return fileTooLarge(maxFile)
	case name == "" || len(name) > maxFileName || !utf8.ValidString(name):
		return problem.New(problem.BadFile, "the file needs a name of 1 to %d bytes", maxFileName)
	}
	w.Content = content
	w.Message.File = &event.File{Name: name, Type: mediaType(r.File.mediaType)}
	return nil
}

// bytes returns the content of a file, from a form or from base64.
func (f File) bytes(maxFile int64) ([]byte, *problem.Problem) {
	if f.content != nil {
		return f.content, nil
	}
	if int64(base64.StdEncoding.DecodedLen(len(f.Data))) > maxFile+2 { // two bytes of padding
		return nil, fileTooLarge(maxFile)
	}
	content, err := base64.StdEncoding.Strict().DecodeString(f.Data)
	if err != nil || strings.ContainsAny(f.Data, "\r\n") { // the decoder ignores these
		return nil, problem.New(problem.BadFile, "file.data is not standard base64, padded and in one line, such as base64 -w0 writes")
	}
	return content, nil
}

// cleanName removes the path and control characters from the name of a file. It returns ""
// if nothing is left.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name))
	if strings.Trim(name, ".") == "" {
		return ""
	}
	return name
}

// mediaType returns a media type without parameters, "" if it says nothing.
func mediaType(given string) string {
	media, _, err := mime.ParseMediaType(given)
	if err != nil || media == "application/octet-stream" || len(media) > maxFileName {
		return ""
	}
	return media
}
