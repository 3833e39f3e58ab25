package ops

import (
	"context"
	"net/http"

	"github.com/gobridge/gopherbot/internal/audit"
)

// auditPage is the number of entries in one answer.
const auditPage = 20

// audit answers with the acts of operators, the latest first, beginning before the id in the
// query.
func (p *Page) audit(w http.ResponseWriter, r *http.Request, _ operator) {
	ctx, cancel := context.WithTimeout(r.Context(), redisTimeout)
	defer cancel()
	list, err := p.opts.Audit.List(ctx, r.FormValue("before"), auditPage+1)
	if err != nil {
		p.unavailable(w, r, err)
		return
	}
	answer(w, struct {
		Entries []audit.Entry `json:"entries"`
		More    bool          `json:"more"`
	}{append([]audit.Entry{}, list[:min(len(list), auditPage)]...), len(list) > auditPage})
}
