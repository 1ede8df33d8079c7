-- Deleted items are remembered up to a number, the newest; older ones are forgotten (SI-5). Who has not heard of one that
-- is forgotten pulls everything anew, and an item that is made anew has a higher version than any that was forgotten.
ALTER TABLE sync_usage ADD COLUMN deletions INTEGER NOT NULL DEFAULT 0;
-- Of the deletions that are forgotten: number of the last, and the highest version.
ALTER TABLE sync_usage ADD COLUMN forgotten_change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sync_usage ADD COLUMN forgotten_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sync_items_deleted ON sync_items (user_id, collection, change) WHERE deleted = 1;
UPDATE sync_usage SET deletions = (
  SELECT COUNT(*) FROM sync_items AS i
  WHERE i.user_id = sync_usage.user_id AND i.collection = sync_usage.collection AND i.deleted = 1);
