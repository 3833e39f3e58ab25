package sim

import (
	"regexp"
	"slices"
	"strings"
)

var slugPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// groupItem is a mention group in an answer.
type groupItem struct {
	ID        int64    `json:"id"`
	Slug      string   `json:"slug"`
	CreatedBy string   `json:"created_by"`
	Members   []string `json:"members"`
	CreatedAt string   `json:"created_at"`
}

func (g *group) item() groupItem {
	return groupItem{g.id, g.slug, g.createdBy, g.members, timestamp(g.createdAt)}
}

// groupRequest answers a request about mention groups. known is false for other requests. s.mu is
// held.
func (s *Server) groupRequest(u *user, kind string, a args) (known bool, result any, err error) {
	switch kind {
	case "mention_group_create":
		g, err := s.createGroup(u, a.Slug)
		if err != nil {
			return true, nil, err
		}
		return true, map[string]any{"id": g.id, "slug": g.slug}, nil
	case "mention_group_list":
		return true, map[string]any{"groups": s.groupList()}, nil
	case "mention_group_get", "mention_group_delete", "mention_group_add_member", "mention_group_remove_member":
	default:
		return false, nil, nil
	}
	g := s.store.group(a.Slug)
	if g == nil {
		return true, nil, refusal("mention group not found: " + a.Slug)
	}
	if kind == "mention_group_get" {
		return true, g.item(), nil
	}
	return true, nil, s.changeGroup(u, g, strings.TrimPrefix(kind, "mention_group_"), a.Username)
}

// changeGroup deletes a group, or adds or removes a member: its creator may. s.mu is held.
func (s *Server) changeGroup(u *user, g *group, what, name string) error {
	switch {
	case g.createdBy != u.name && what == "delete":
		return refusal("only the group creator can delete it")
	case g.createdBy != u.name:
		return refusal("only the group creator can manage members")
	case what == "delete":
		s.store.groups = slices.DeleteFunc(s.store.groups, func(other *group) bool { return other == g })
		return nil
	case s.store.user(name) == nil:
		return refusal("user not found: " + name)
	}
	g.members = slices.DeleteFunc(g.members, func(m string) bool { return m == name })
	if what == "add_member" {
		g.members = append(g.members, name)
	}
	return nil
}

// createGroup makes a mention group. s.mu is held.
func (s *Server) createGroup(u *user, slug string) (*group, error) {
	switch {
	case !slugPattern.MatchString(slug):
		return nil, refusal("invalid slug: must match [a-zA-Z0-9_-]+")
	case s.store.user(slug) != nil:
		return nil, refusal("slug conflicts with existing username: " + slug)
	case s.store.group(slug) != nil:
		return nil, refusal("mention group exists: " + slug)
	}
	s.store.lastGrp++
	g := &group{id: s.store.lastGrp, slug: slug, createdBy: u.name, createdAt: s.opts.Now()}
	s.store.groups = append(s.store.groups, g)
	return g, nil
}

// groupList returns all groups. s.mu is held.
func (s *Server) groupList() any {
	var items []groupItem
	for _, g := range s.store.groups {
		items = append(items, g.item())
	}
	return list(s, items)
}
