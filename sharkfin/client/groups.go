package client

import "context"

// CreateMentionGroup creates a mention group and returns its id. Its name must not be a user's.
func (c *Client) CreateMentionGroup(ctx context.Context, slug string) (int64, error) {
	var out struct {
		ID int64 `json:"id"`
	}
	err := c.request(ctx, "mention_group_create", map[string]any{"slug": slug}, &out)
	return out.ID, err
}

// DeleteMentionGroup deletes a mention group. Its creator may.
func (c *Client) DeleteMentionGroup(ctx context.Context, slug string) error {
	return c.request(ctx, "mention_group_delete", map[string]any{"slug": slug}, nil)
}

// GetMentionGroup returns a mention group.
func (c *Client) GetMentionGroup(ctx context.Context, slug string) (*MentionGroup, error) {
	var out MentionGroup
	if err := c.request(ctx, "mention_group_get", map[string]any{"slug": slug}, &out); err != nil {
		return nil, err
	}
	return &out, nil
}

// ListMentionGroups returns all mention groups with their members.
func (c *Client) ListMentionGroups(ctx context.Context) ([]MentionGroup, error) {
	var out struct {
		Groups []MentionGroup `json:"groups"`
	}
	err := c.request(ctx, "mention_group_list", nil, &out)
	return out.Groups, err
}

// AddMentionGroupMember adds a user to a mention group. Its creator may.
func (c *Client) AddMentionGroupMember(ctx context.Context, slug, username string) error {
	return c.request(ctx, "mention_group_add_member", map[string]any{"slug": slug, "username": username}, nil)
}

// RemoveMentionGroupMember removes a user from a mention group. Its creator may.
func (c *Client) RemoveMentionGroupMember(ctx context.Context, slug, username string) error {
	return c.request(ctx, "mention_group_remove_member", map[string]any{"slug": slug, "username": username}, nil)
}
