-- The transparency log over the transfers: the tiles of its Merkle tree, its signed checkpoints, its key, and where
-- checkpoints were anchored. The transfers themselves are the entries; ledger.transfer.position is the index.

-- C2SP tlog-tiles: up to 256 hashes side by side. A tile that is not full grows and never changes what it holds.
CREATE TABLE ledger.tile (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
  index bigint NOT NULL CHECK (index >= 0),
  hashes bytea NOT NULL CHECK (octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0),
  PRIMARY KEY (level, index)
);
-- Hashes do not compress.
ALTER TABLE ledger.tile ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- What the log has signed. The note is kept as it was signed; witnesses add their lines to it.
CREATE TABLE ledger.checkpoint (
  size bigint PRIMARY KEY CHECK (size >= 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  signed_at timestamptz(3) NOT NULL,
  cosignatures int NOT NULL DEFAULT 0
);
CREATE INDEX checkpoint_cosigned ON ledger.checkpoint (size) WHERE cosignatures > 0;

-- The one key of the log. The private part is sealed by the vault, bound to the origin.
CREATE TABLE ledger.log_key (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  origin text NOT NULL,
  verifier_key text NOT NULL,
  sealed text NOT NULL,
  created_at timestamptz(3) NOT NULL
);

-- Checkpoints that were published outside of this database, and where they can be found there.
CREATE TABLE ledger.anchor (
  name text NOT NULL,
  size bigint NOT NULL REFERENCES ledger.checkpoint,
  reference text NOT NULL,
  at timestamptz(3) NOT NULL,
  PRIMARY KEY (name, size)
);

CREATE FUNCTION ledger.check_tile_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.level, NEW.index) IS DISTINCT FROM (OLD.level, OLD.index)
     OR substr(NEW.hashes, 1, octet_length(OLD.hashes)) IS DISTINCT FROM OLD.hashes THEN
    RAISE EXCEPTION 'tile %/% may only grow', OLD.level, OLD.index USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tile_grows BEFORE UPDATE ON ledger.tile FOR EACH ROW EXECUTE FUNCTION ledger.check_tile_grows();
CREATE TRIGGER tile_kept BEFORE DELETE OR TRUNCATE ON ledger.tile FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION ledger.check_checkpoint_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.size, NEW.root, NEW.signed_at) IS DISTINCT FROM (OLD.size, OLD.root, OLD.signed_at)
     OR split_part(NEW.note, E'\n\n', 1) <> split_part(OLD.note, E'\n\n', 1) THEN
    RAISE EXCEPTION 'a checkpoint only gains signatures' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER checkpoint_kept BEFORE UPDATE ON ledger.checkpoint FOR EACH ROW EXECUTE FUNCTION ledger.check_checkpoint_kept();
CREATE TRIGGER checkpoint_append_only BEFORE DELETE OR TRUNCATE ON ledger.checkpoint FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER log_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.log_key FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER anchor_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.anchor FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
