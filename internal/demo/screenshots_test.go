package demo_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gobridge/gopherbot/internal/demo"
	"github.com/gobridge/gopherbot/internal/test/browsertest"
)

// TestScreenshots draws the pictures of the docs, into the folder that GOPHER_SCREENSHOTS names, and
// otherwise nowhere: page.png for the README, a phone's, and a recovery from a fault.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	browsertest.Need(t)
	url, _ := startWith(t, func(o *demo.Options) { o.Tour, o.Log = true, o.Log.Level(6) })
	page := open(t, url, 1440, 1040)
	draw := func(name string) {
		t.Helper()
		picture := page.Picture()
		if folder := os.Getenv("GOPHER_SCREENSHOTS"); folder != "" {
			if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
				t.Error(err)
			}
		}
	}
	page.Do(visible(`[data-reaction="dragon"]`), chromedp.WaitNotVisible(chromedp.CSS(`#tour`)),
		write("/gopher define frobnicate"), visible(ephemeral), click(`#show-traffic`), visible(`#traffic-list li`))
	draw("page.png")
	page.Do(click(`#traffic-close`), chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(1.5)), visible(`#menu`), js(`document.activeElement.blur() === undefined`))
	eventually(t, page, `(({ scrollHeight, scrollTop, clientHeight }) => scrollTop > 0 && scrollHeight - scrollTop - clientHeight < 2)(document.querySelector("#log"))`)
	draw("page-phone.png")

	kill := `#faults [data-fault="consumer"]`
	page.Do(chromedp.EmulateViewport(1440, 700), visible(`#side`), click(`[data-open="C08RANDOM"]`), click(`#show-faults`),
		click(kill+` [data-does="begin"]`), click(kill+` [data-does="end"]`), visible(fromBot))
	shows(t, page, kill, "Recovered: ")
	draw("page-faults.png")
}
