package slack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/gobridge/gopherbot/handler"
)

// FileInfo is what of Slack's Web API reading a file takes.
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
// to no other. The transport stays the caller's.
func NewFiles(api FileInfo, apiURL, token string, transport http.RoundTripper) (*Files, error) {
	base, err := url.Parse(apiURL)
	if err != nil {
		return nil, fmt.Errorf("the address of Slack's Web API: %w", err)
	}
	return &Files{
		api: api, base: base, token: token,
		http: &http.Client{
			Timeout: fileTimeout, Transport: transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// gone are the errors of files.info that mean that there is no such file any
// more, or that it is not ours to see.
// Source: https://docs.slack.dev/reference/methods/files.info
var gone = map[string]bool{"file_not_found": true, "file_deleted": true}

// ReadFile returns the content of a file. The error is fs.ErrNotExist when the
// file is gone; a file of more than limit bytes is an error, too.
func (f *Files) ReadFile(ctx context.Context, file handler.File, limit int64) ([]byte, error) {
	// The event told where the file is, too. But what Slack answers us, and now,
	// is better to send a token by.
	info, _, _, err := f.api.GetFileInfoContext(ctx, file.ID, 1, 1)
	if refused, ok := errors.AsType[slack.SlackErrorResponse](err); ok && gone[refused.Err] {
		return nil, fmt.Errorf("file %s: %s: %w", file.ID, refused.Err, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("ask about file %s: %w", file.ID, err)
	}
	content, err := f.download(ctx, info.URLPrivateDownload, limit)
	if err != nil {
		return nil, fmt.Errorf("read file %s: %w", file.ID, err)
	}
	return content, nil
}

func (f *Files) download(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || !f.trusts(u) {
		return nil, errors.New("it is at no address that the bot's token may go to")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("it is at no address") // which the error quotes
	}
	r.Header.Set("Authorization", "Bearer "+f.token)
	response, err := f.http.Do(r)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		// Without the address, which has the name that somebody gave the file, and
		// maybe a key of Slack's.
		return nil, failed.Err
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status == http.StatusNotFound, status == http.StatusGone:
		return nil, fs.ErrNotExist
	case status/100 == 3:
		return nil, errors.New("slack wants a login: give the app the scope files:read, and install it again")
	case status != http.StatusOK:
		return nil, fmt.Errorf("slack answered %s", response.Status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return content, nil
}

// trusts says whether the token may be sent to an address.
func (f *Files) trusts(u *url.URL) bool {
	return u.Scheme == f.base.Scheme && u.User == nil && u.Opaque == "" &&
		(u.Host == f.base.Host || u.Port() == "" && strings.HasSuffix(u.Host, "."+f.base.Host))
}
