-- A batch finds its accounts by code when it reads them, and by id when it changes and checks them: among a million, in
-- a B-tree of four levels with long codes, most of what a transfer costs there. A hash index is entered at one page. The
-- B-trees stay, because only they can be unique.
CREATE INDEX account_by_id ON ledger.account USING hash (id);
CREATE INDEX account_by_code ON ledger.account USING hash (code);
