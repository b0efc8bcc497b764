-- How somebody wants to hear of his cases (domain/notices/settings.ts); without a row, as usual.
CREATE TABLE notice_settings (
  person text COLLATE "C" PRIMARY KEY,
  settings jsonb NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
  changed_at timestamptz NOT NULL
);

-- Where notices of a person may go: a confirmed mail address, browsers, the campus messenger.
CREATE TABLE notice_address (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person text COLLATE "C" NOT NULL,
  channel text NOT NULL CHECK (channel IN ('mail', 'push', 'messenger')),
  sealed bytea NOT NULL,
  -- Keyed: of a browser, which belongs to whoever signed in there last; of other channels, of the person.
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  made_at timestamptz NOT NULL,
  -- Refused for good by its server: nothing is sent there until the person confirms one anew.
  gone_at timestamptz,
  gone_code text,
  UNIQUE (channel, digest),
  CHECK ((gone_at IS NULL) = (gone_code IS NULL))
);
CREATE INDEX notice_address_of_person ON notice_address (person, channel);
CREATE UNIQUE INDEX notice_address_mail ON notice_address (person) WHERE channel = 'mail';

-- An address that is not confirmed yet. The row outlives its code: it counts how often somebody asked.
CREATE TABLE mail_confirmation (
  person text COLLATE "C" PRIMARY KEY,
  sealed bytea NOT NULL,
  code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
  expires_at timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  used boolean NOT NULL DEFAULT false,
  asked_at timestamptz NOT NULL,
  counted_from timestamptz NOT NULL,
  asked integer NOT NULL DEFAULT 1 CHECK (asked > 0)
);

-- The outbox: each line written in the transaction of its notice. Lines of one digest share a message once it is claimed.
CREATE TABLE notice_delivery (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notice_id bigint NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
  address_id bigint NOT NULL REFERENCES notice_address (id) ON DELETE CASCADE,
  is_digest boolean NOT NULL,
  -- Its id outside, the same at every attempt.
  message text COLLATE "C" CHECK (message ~ '^[A-Za-z0-9_-]{22}$'),
  at timestamptz NOT NULL,
  not_before timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  last_code text,
  sent_at timestamptz,
  given_up_at timestamptz,
  CHECK (sent_at IS NULL OR given_up_at IS NULL),
  UNIQUE (notice_id, address_id)
);
CREATE INDEX notice_delivery_due ON notice_delivery (not_before, id) WHERE sent_at IS NULL AND given_up_at IS NULL;
CREATE INDEX notice_delivery_of_address ON notice_delivery (address_id);
CREATE INDEX notice_delivery_age ON notice_delivery (at);

-- The one receiver of the university's messenger.
CREATE TABLE messenger (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  name text NOT NULL,
  url text NOT NULL,
  sealed_secret bytea NOT NULL,
  recipient text NOT NULL CHECK (recipient IN ('pairwise', 'student-number')),
  -- Why it learns who somebody is.
  purpose text,
  changed_at timestamptz NOT NULL,
  CHECK (recipient = 'pairwise' OR purpose IS NOT NULL)
);
