package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
	"github.com/gobridge/gopherbot/internal/pause"
)

// FileInfo is the part of Slack's Web API that reading a file needs.
type FileInfo interface {
	GetFileInfoContext(ctx context.Context, id string, count, page int) (*slack.File, []slack.Comment, *slack.Paging, error)
}

// Files reads the files that people attach to messages, with the bot's token.
type Files struct {
	api   FileInfo
	base  *url.URL // of the Web API
	token string
	http  *http.Client
}

// fileTimeout bounds one download.
const fileTimeout = 4 * time.Second

// NewFiles returns a reader of files for the Web API at apiURL. The token goes
// to that host, and to those below it, as files.slack.com is to slack.com, and
// to no other. The caller closes transport.
func NewFiles(api FileInfo, apiURL, token string, transport http.RoundTripper) (*Files, error) {
	base, err := url.Parse(apiURL)
	if err != nil {
		return nil, fmt.Errorf("parse the address of Slack's Web API: %w", err)
	}
	return &Files{
		api: api, base: base, token: token,
		http: &http.Client{
			Timeout: fileTimeout, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// elsewhere are the modes of files without content at Slack: those of other
// services, deleted ones, and those beyond the limit of a free plan.
// Source: https://docs.slack.dev/reference/objects/file-object
var elsewhere = map[string]bool{"external": true, "tombstone": true, "hidden_by_limit": true}

// gone are the errors of files.info that mean that there is no such file, or
// that it is not ours to see.
// Source: https://docs.slack.dev/reference/methods/files.info
var gone = map[string]bool{"file_not_found": true, "file_deleted": true, "access_denied": true}

// waits are the pauses before Slack is asked again about a file that it does not
// know, or not fully: a message may arrive before its file is ready. No pause
// begins later than readyWithin after the file was attached, so that all files
// of a message together take less than the time of an action.
var waits = []time.Duration{time.Second, 2 * time.Second}

const readyWithin = 3500 * time.Millisecond

// Describe returns a file with Slack's current description, after at most a few
// seconds. The type may still be missing then. The error is fs.ErrNotExist if the file
// is deleted, or is not at Slack.
func (f *Files) Describe(ctx context.Context, file handler.File) (handler.File, error) {
	info, err := f.info(ctx, file, true)
	if err != nil {
		return handler.File{}, err
	}
	return handler.File{
		ID: file.ID, Name: info.Name, MIMEType: info.Mimetype, Type: info.Filetype, Size: int64(info.Size), Time: file.Time,
	}, nil
}

// ReadFile returns the content of a file. The error is fs.ErrNotExist when the
// file is gone, or is not at Slack; a file of more than limit bytes is an error,
// too.
func (f *Files) ReadFile(ctx context.Context, file handler.File, limit int64) ([]byte, error) {
	// The event has the file's address, too. But the token is sent only to an address
	// that Slack itself returns now.
	info, err := f.info(ctx, file, false)
	if err != nil {
		return nil, err
	}
	content, err := f.download(ctx, address(info), limit)
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", file.ID, err)
	}
	return content, nil
}

// info asks Slack about a file, and again while it is not ready: while it has no
// address or, if that is wanted, no type.
func (f *Files) info(ctx context.Context, file handler.File, wantType bool) (*slack.File, error) {
	for try := 0; ; try++ {
		info, _, _, err := f.api.GetFileInfoContext(ctx, file.ID, 1, 1)
		refused, _ := errors.AsType[slack.SlackErrorResponse](err)
		if err != nil && !gone[refused.Err] {
			return nil, fmt.Errorf("look up file %s: %w", file.ID, err)
		}
		early := refused.Err == "file_not_found" ||
			err == nil && !isElsewhere(info) && (address(info) == "" || wantType && info.Mimetype == "" && info.Filetype == "")
		switch {
		case early && try < len(waits) && time.Since(file.Time) < readyWithin:
			if !pause.For(ctx, waits[try]) {
				return nil, fmt.Errorf("wait for file %s: %w", file.ID, context.Cause(ctx))
			}
		case err != nil:
			return nil, fmt.Errorf("file %s: %s: %w", file.ID, refused.Err, fs.ErrNotExist)
		case isElsewhere(info), address(info) == "":
			return nil, fmt.Errorf("file %s: Slack does not have it: %w", file.ID, fs.ErrNotExist)
		default:
			return info, nil
		}
	}
}

func isElsewhere(info *slack.File) bool { return elsewhere[info.Mode] || info.IsExternal }

// address returns where a file is read, "" when Slack does not say.
func address(info *slack.File) string {
	if info.URLPrivateDownload != "" {
		return info.URLPrivateDownload
	}
	return info.URLPrivate
}

func (f *Files) download(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !f.trusts(u) {
		return nil, errors.New("its address is not one that the bot's token may be sent to")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("its address is invalid") // url.Parse's error quotes it
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	response, err := f.http.Do(r)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		// Without the address: it has the file's name, given by a person, and maybe a
		// key of Slack's.
		return nil, failed.Err
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusNotFound, status == http.StatusGone:
		return nil, fs.ErrNotExist
	case status/100 == 3, status == http.StatusOK && isPage(response.Header):
		return nil, errSignIn
	case status != http.StatusOK:
		return nil, fmt.Errorf("slack answered %s", response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if signIn.Match(content) {
		return nil, errSignIn
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return content, nil
}

// errSignIn is for the operator: to an app that may not read a file Slack returns its
// sign-in page, or redirects there.
var errSignIn = errors.New("slack answered with its sign-in page: give the app the scope files:read, and install it again")

// isPage says whether a page of the web was answered. None of the files that
// are read is one: they are Go or text.
func isPage(header http.Header) bool {
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "text/html" || mediaType == "application/xhtml+xml"
}

// signIn finds the sign-in page by its beginning and its title, under any media type.
var signIn = regexp.MustCompile(`(?i)^(?:\x{feff})?(?:\s|<!--[\s\S]*?-->|<\?xml[^>]*>)*<(?:!doctype html|html|head)\b[\s\S]*<title[^>]*>[^<]*(?:login|sign in|slack)`)

// trusts says whether the token may be sent to an address.
func (f *Files) trusts(u *url.URL) bool {
	return u.Scheme == f.base.Scheme && u.User == nil && u.Opaque == "" &&
		(u.Host == f.base.Host || u.Port() == "" && strings.HasSuffix(u.Host, "."+f.base.Host))
}
