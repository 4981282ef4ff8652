-- SPDX-License-Identifier: ISC
--
-- The database of a fleet, version 1.  See keys/fleet/DESIGN, sections 3 and 4.
--
-- An administrator runs it once in an empty database, in one transaction:
--
--	psql --single-transaction -v ON_ERROR_STOP=1 -f 0001.sql DATABASE
--
-- Later versions have files of their own, which are run in order while hosts
-- sign and mirror; a host accepts a database of a later version as long as the
-- functions below behave as described.
--
-- Nothing here makes a row true: hosts sign rows, and each reader verifies.
-- The functions keep writers in order, and hosts from each other's rows.  Only
-- they write: no host has INSERT, UPDATE or DELETE on any table.

DO $$
BEGIN
	IF current_setting('server_version_num')::int < 150000 THEN
		RAISE EXCEPTION 'PostgreSQL 15 or later is needed';
	END IF;
	-- Roles belong to all databases of a server.
	IF NOT EXISTS (SELECT FROM pg_roles
	    WHERE rolname = 'countersign_owner') THEN
		CREATE ROLE countersign_owner NOLOGIN;
	END IF;
	IF NOT EXISTS (SELECT FROM pg_roles
	    WHERE rolname = 'countersign_host') THEN
		CREATE ROLE countersign_host NOLOGIN;
	END IF;
END
$$;

CREATE SCHEMA countersign AUTHORIZATION countersign_owner;
SET LOCAL ROLE countersign_owner;
SET LOCAL search_path = countersign, pg_catalog, pg_temp;

-- Tables --------------------------------------------------------------------

CREATE TABLE migration (
	version		integer PRIMARY KEY,
	at		timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO migration (version) VALUES (1);

-- One row.  Its lock puts writers of numbers in order: a number can be read
-- only when all lower ones can.
CREATE TABLE fleet (
	single		boolean PRIMARY KEY DEFAULT true CHECK (single),
	id		text CHECK (id ~ '^[0-9a-f]{64}$'),
	change		bigint NOT NULL DEFAULT 0,
	changed_at	timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO fleet DEFAULT VALUES;

CREATE TABLE host (
	name		text PRIMARY KEY
			CHECK (name ~ '^[A-Za-z0-9._-]{1,64}$'),
	role		name NOT NULL UNIQUE,
	sign_key	bytea UNIQUE CHECK (length(sign_key) = 32),
	wrap_cert	bytea UNIQUE CHECK (length(wrap_cert) <= 4096),
	version		text CHECK (length(version) <= 64),
	clock_off_ms	bigint,
	seen		timestamptz
);

CREATE DOMAIN octets AS bytea CHECK (length(VALUE) BETWEEN 1 AND 8192);
CREATE DOMAIN signature AS bytea CHECK (length(VALUE) = 64);
CREATE DOMAIN blob AS bytea CHECK (length(VALUE) BETWEEN 1 AND 65536);

CREATE TABLE members (
	version		integer PRIMARY KEY CHECK (version > 0),
	change		bigint NOT NULL UNIQUE,
	admitted	text[] NOT NULL,
	octets		bytea NOT NULL
			CHECK (length(octets) BETWEEN 1 AND 65536),
	signature	signature NOT NULL
);

CREATE TABLE key (
	-- In the order of octets, as the mirrors compare them.
	domain		text COLLATE "C" NOT NULL
			CHECK (length(domain) BETWEEN 1 AND 253),
	selector	text COLLATE "C" NOT NULL
			CHECK (length(selector) BETWEEN 1 AND 63),
	change		bigint NOT NULL UNIQUE CHECK (change > 0),
	octets		octets NOT NULL,
	signature	signature NOT NULL,
	blob		blob,
	PRIMARY KEY (domain, selector)
);

CREATE TABLE wrap (
	epoch		integer NOT NULL CHECK (epoch > 0),
	host		text NOT NULL REFERENCES host (name),
	octets		octets NOT NULL,
	signature	signature NOT NULL,
	blob		blob NOT NULL,
	PRIMARY KEY (epoch, host)
);

CREATE TABLE confirmation (
	host		text PRIMARY KEY REFERENCES host (name),
	change		bigint NOT NULL,
	octets		octets NOT NULL,
	signature	signature NOT NULL,
	exceptions	bytea NOT NULL CHECK (length(exceptions) <= 16777216)
);

CREATE TABLE use (
	host		text NOT NULL REFERENCES host (name),
	domain		text COLLATE "C" NOT NULL,
	selector	text COLLATE "C" NOT NULL,
	octets		octets NOT NULL,
	signature	signature NOT NULL,
	PRIMARY KEY (domain, selector, host)
);

-- One row.  quiet: before, no change of DNS begins; see hold_dns().
CREATE TABLE lease (
	single		boolean PRIMARY KEY DEFAULT true CHECK (single),
	token		bigint NOT NULL DEFAULT 0,
	holder		text REFERENCES host (name),
	taken_at	timestamptz,
	until		timestamptz NOT NULL DEFAULT '-infinity',
	quiet		timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO lease DEFAULT VALUES;

-- seconds: how long the change may go on once it has begun; over: nothing of it
-- is under way any more.
CREATE TABLE intent (
	id		bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	token		bigint NOT NULL,
	host		text NOT NULL REFERENCES host (name),
	domain		text NOT NULL CHECK (length(domain) BETWEEN 1 AND 253),
	selector	text NOT NULL CHECK (length(selector) BETWEEN 1 AND 63),
	record		text NOT NULL CHECK (length(record) <= 512),
	was		text CHECK (length(was) <= 4096),
	wanted		text CHECK (length(wanted) <= 4096),
	begun		timestamptz NOT NULL DEFAULT clock_timestamp(),
	seconds		integer NOT NULL CHECK (seconds BETWEEN 1 AND 900),
	over		timestamptz NOT NULL,
	ended		timestamptz,
	outcome		text CHECK (outcome IN ('done', 'unchanged', 'later',
			    'conflict', 'failed', 'settled')),
	CHECK ((ended IS NULL) = (outcome IS NULL))
);
CREATE INDEX intent_open ON intent (token) WHERE ended IS NULL;

-- A change of a row of key.  before: the number that the row has, 0 for a new
-- one.  keeps_blob: the blob is not sent again.
CREATE TYPE change AS (
	domain		text,
	selector	text,
	before		bigint,
	number		bigint,
	octets		bytea,
	signature	bytea,
	blob		bytea,
	keeps_blob	boolean
);

-- What only other functions call --------------------------------------------

-- The host of the role that is connected; a host has no other name.
CREATE FUNCTION caller() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	found_name text;
BEGIN
	SELECT name INTO found_name FROM countersign.host
	    WHERE role = session_user;
	IF found_name IS NULL THEN
		RAISE EXCEPTION 'role % has no host: countersign.add_host()',
		    session_user USING ERRCODE = 'CS004';
	END IF;
	RETURN found_name;
END
$$;

-- The host, if the newest member list names it.
CREATE FUNCTION member() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.caller();
BEGIN
	IF NOT coalesce((SELECT me = ANY (admitted) FROM countersign.members
	    ORDER BY version DESC LIMIT 1), false) THEN
		RAISE EXCEPTION 'host % is not admitted', me
		    USING ERRCODE = 'CS004';
	END IF;
	RETURN me;
END
$$;

-- Give out the next change number, which must be this one.
CREATE FUNCTION take_number(number bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM FROM countersign.fleet FOR UPDATE;
	UPDATE countersign.fleet SET change = number,
	    changed_at = clock_timestamp() WHERE change = number - 1;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'change number % is not the next one', number
		    USING ERRCODE = 'CS003';
	END IF;
END
$$;

-- Hold the lease until the end of the transaction: whoever takes it next
-- waits for this one.
CREATE FUNCTION hold_lease(mine bigint) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
BEGIN
	PERFORM FROM countersign.lease
	    WHERE token = mine AND holder = me FOR SHARE;
	IF NOT FOUND OR (SELECT until FROM countersign.lease) <=
	    clock_timestamp() THEN
		RAISE EXCEPTION 'lease % is not, or no longer, that of %',
		    mine, me USING ERRCODE = 'CS001';
	END IF;
	RETURN me;
END
$$;

-- End the lease of whoever has it: what it decided may no longer hold, since
-- hosts or rows came that it did not see.  Its changes of DNS may go on: the
-- next holder waits for those whose intents are open, as after any lease.
CREATE FUNCTION end_lease() RETURNS void
LANGUAGE sql SET search_path = pg_catalog, countersign, pg_temp
AS $$
	UPDATE countersign.lease SET until = '-infinity'
	    WHERE until > '-infinity';
$$;

-- Write one row of key, if it still has the number that the writer saw.  Only
-- somebody who wrote into the table himself can have used the number before.
CREATE FUNCTION write_key(c change) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	other countersign.key;
BEGIN
	SELECT * INTO other FROM countersign.key k WHERE k.change = c.number;
	IF FOUND THEN
		RAISE EXCEPTION 'key % of % has change number % already: if '
		    '"countersign-key fleet list" shows that it is ignored, '
		    'delete that row', other.selector, other.domain, c.number
		    USING ERRCODE = 'CS007';
	END IF;
	IF c.before = 0 THEN
		INSERT INTO countersign.key (domain, selector, change, octets,
		    signature, blob) VALUES (c.domain, c.selector, c.number,
		    c.octets, c.signature, c.blob) ON CONFLICT DO NOTHING;
	ELSE
		UPDATE countersign.key k SET change = c.number,
		    octets = c.octets, signature = c.signature,
		    blob = CASE WHEN c.keeps_blob THEN k.blob ELSE c.blob END
		    WHERE k.domain = c.domain AND k.selector = c.selector AND
		    k.change = c.before;
	END IF;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'key % of %: does not have change number %',
		    c.selector, c.domain, c.before USING ERRCODE = 'CS002';
	END IF;
	-- The domain is gone: mirrors know by this row.  It may begin again in
	-- the same transaction, without the keys that are forgotten.
	IF c.selector = '-' THEN
		DELETE FROM countersign.key k
		    WHERE k.domain = c.domain AND k.change < c.number;
	END IF;
END
$$;

-- Last uses of keys that a domain does not have any more.
CREATE FUNCTION forget_uses(of_domain text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, countersign, pg_temp
AS $$
	DELETE FROM countersign.use u WHERE u.domain = of_domain AND
	    NOT EXISTS (SELECT FROM countersign.key k
	    WHERE k.domain = of_domain AND k.selector = u.selector);
$$;

CREATE FUNCTION write_members(following integer, number bigint,
    names text[], text_octets bytea, text_signature bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	IF following <= (SELECT max(version) FROM countersign.members) THEN
		RAISE EXCEPTION 'there is a member list % already: if '
		    '"countersign-key fleet list" shows that it is ignored, '
		    'delete that row', following USING ERRCODE = 'CS002';
	ELSIF following <> 1 + coalesce((SELECT max(version)
	    FROM countersign.members), 0) THEN
		RAISE EXCEPTION 'member list % is not the next one', following
		    USING ERRCODE = 'CS002';
	END IF;
	INSERT INTO countersign.members (version, change, admitted, octets,
	    signature) VALUES (following, number, names, text_octets,
	    text_signature);
	PERFORM countersign.end_lease();
	PERFORM pg_notify('countersign_change', number::text);
END
$$;

-- What hosts call -----------------------------------------------------------

-- Enter the caller's keys.  They are entered once; the same again is allowed.
CREATE FUNCTION register(new_sign_key bytea, new_wrap_cert bytea)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.caller();
BEGIN
	IF length(new_sign_key) IS DISTINCT FROM 32 OR
	    coalesce(length(new_wrap_cert), 0) = 0 THEN
		RAISE EXCEPTION 'not the keys of a host'
		    USING ERRCODE = 'CS006';
	END IF;
	BEGIN
		UPDATE countersign.host SET sign_key = new_sign_key,
		    wrap_cert = new_wrap_cert WHERE name = me AND
		    ((sign_key IS NULL AND wrap_cert IS NULL) OR
		    (sign_key = new_sign_key AND wrap_cert = new_wrap_cert));
	EXCEPTION WHEN unique_violation THEN
		RAISE EXCEPTION 'these keys are of another host'
		    USING ERRCODE = 'CS005';
	END;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'host % has other keys: a second machine '
		    'claims its name', me USING ERRCODE = 'CS005';
	END IF;
	RETURN me;
END
$$;

-- Say that the caller lives, and learn how the database is.
CREATE FUNCTION hello(my_version text, my_clock_ms bigint,
    OUT my_name text, OUT schema_version integer, OUT fleet_id text,
    OUT change bigint, OUT members_version integer, OUT lease_token bigint,
    OUT lease_holder text, OUT now_ms bigint, OUT is_primary boolean)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	my_name := countersign.caller();
	now_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
	is_primary := NOT pg_is_in_recovery();
	IF is_primary THEN
		UPDATE countersign.host SET version = my_version,
		    clock_off_ms = my_clock_ms - now_ms,
		    seen = clock_timestamp() WHERE name = my_name;
	END IF;
	SELECT max(m.version) INTO schema_version
	    FROM countersign.migration m;
	SELECT f.id, f.change INTO fleet_id, change FROM countersign.fleet f;
	SELECT coalesce(max(m.version), 0) INTO members_version
	    FROM countersign.members m;
	SELECT l.token, l.holder INTO lease_token, lease_holder
	    FROM countersign.lease l;
END
$$;

-- Begin a fleet: the first member list, whose digest is its name.
CREATE FUNCTION begin_fleet(new_id text, names text[], text_octets bytea,
    text_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.caller();
BEGIN
	PERFORM FROM countersign.fleet FOR UPDATE;
	IF (SELECT id FROM countersign.fleet) IS NOT NULL OR
	    names IS DISTINCT FROM ARRAY[me] THEN
		RAISE EXCEPTION 'the fleet has begun already'
		    USING ERRCODE = 'CS002';
	END IF;
	PERFORM countersign.take_number(1);
	UPDATE countersign.fleet SET id = new_id;
	PERFORM countersign.write_members(1, 1, names, text_octets,
	    text_signature);
END
$$;

CREATE FUNCTION change_members(before integer, number bigint, names text[],
    text_octets bytea, text_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	-- All take the lease's lock first, so that none waits for another.
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.take_number(number);
	PERFORM countersign.write_members(before + 1, number, names,
	    text_octets, text_signature);
END
$$;

-- An epoch's key for one host; a later row replaces an earlier one.
CREATE FUNCTION put_wrap(for_epoch integer, for_host text,
    text_octets bytea, text_signature bytea, wrapped bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	INSERT INTO countersign.wrap (epoch, host, octets, signature, blob)
	    VALUES (for_epoch, for_host, text_octets, text_signature, wrapped)
	    ON CONFLICT (epoch, host) DO UPDATE SET octets = EXCLUDED.octets,
	    signature = EXCLUDED.signature, blob = EXCLUDED.blob;
	PERFORM pg_notify('countersign_change', '0');
END
$$;

CREATE FUNCTION confirm(number bigint, text_octets bytea,
    text_signature bytea, new_exceptions bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
BEGIN
	-- A number that nobody gave out would stay above all later ones.
	IF number > (SELECT change FROM countersign.fleet) THEN
		RAISE EXCEPTION 'change % was not made yet', number
		    USING ERRCODE = 'CS006';
	END IF;
	INSERT INTO countersign.confirmation AS c (host, change, octets,
	    signature, exceptions) VALUES (me, number, text_octets,
	    text_signature, new_exceptions)
	    ON CONFLICT (host) DO UPDATE SET change = EXCLUDED.change,
	    octets = EXCLUDED.octets, signature = EXCLUDED.signature,
	    exceptions = EXCLUDED.exceptions
	    WHERE c.change <= EXCLUDED.change;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'host % has confirmed more than %: if not, '
		    'delete its row of table confirmation', me, number
		    USING ERRCODE = 'CS002';
	END IF;
END
$$;

CREATE FUNCTION report_use(of_domain text, of_selector text,
    text_octets bytea, text_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
BEGIN
	PERFORM FROM countersign.key k
	    WHERE k.domain = of_domain AND k.selector = of_selector;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'no key % of %', of_selector, of_domain
		    USING ERRCODE = 'CS006';
	END IF;
	-- A key may end again, later: readers count what is after its end.
	INSERT INTO countersign.use AS u (host, domain, selector, octets,
	    signature) VALUES (me, of_domain, of_selector, text_octets,
	    text_signature) ON CONFLICT (domain, selector, host) DO UPDATE
	    SET octets = EXCLUDED.octets, signature = EXCLUDED.signature;
END
$$;

-- Take the lease if it has ended.  The only function that raises the token.
-- quiet_ms: when no change of DNS of an earlier holder can be under way any
-- more, 0 if each was noted as ended, and none can have been lost.
CREATE FUNCTION take_lease(seconds integer, OUT is_mine boolean,
    OUT new_token bigint, OUT new_holder text, OUT now_ms bigint,
    OUT until_ms bigint, OUT quiet_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
	l countersign.lease;
	at timestamptz;
	calm timestamptz;
BEGIN
	IF seconds NOT BETWEEN 10 AND 900 THEN
		RAISE EXCEPTION 'a lease has 10 to 900 seconds'
		    USING ERRCODE = 'CS006';
	END IF;
	SELECT * INTO l FROM countersign.lease FOR UPDATE;
	-- After the lock, for which it may have waited.
	at := clock_timestamp();
	is_mine := l.until <= at OR l.holder = me;
	IF is_mine THEN
		-- From the clock, so that none comes twice after a backup
		-- was restored.
		l.token := greatest(l.token + 1,
		    floor(extract(epoch FROM at) * 1000)::bigint);
		l.holder := me;
		l.until := at + make_interval(secs => seconds);
		UPDATE countersign.lease SET token = l.token,
		    holder = l.holder, taken_at = at, until = l.until;
		PERFORM pg_notify('countersign_lease', l.token::text);
	END IF;
	new_token := l.token;
	new_holder := l.holder;
	now_ms := floor(extract(epoch FROM at) * 1000);
	until_ms := floor(extract(epoch FROM l.until) * 1000);
	calm := greatest(l.quiet, (SELECT max(i.over)
	    FROM countersign.intent i
	    WHERE i.token < l.token AND i.ended IS NULL));
	quiet_ms := CASE WHEN calm = '-infinity' THEN 0
	    ELSE ceil(extract(epoch FROM calm) * 1000) END;
END
$$;

CREATE FUNCTION renew_lease(mine bigint, seconds integer,
    OUT now_ms bigint, OUT until_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
	l countersign.lease;
	at timestamptz;
BEGIN
	SELECT * INTO l FROM countersign.lease FOR UPDATE;
	at := clock_timestamp();
	IF l.token <> mine OR l.holder IS DISTINCT FROM me OR l.until <= at
	THEN
		RAISE EXCEPTION 'lease % is not, or no longer, that of %',
		    mine, me USING ERRCODE = 'CS001';
	END IF;
	IF seconds NOT BETWEEN 10 AND 900 THEN
		RAISE EXCEPTION 'a lease has 10 to 900 seconds'
		    USING ERRCODE = 'CS006';
	END IF;
	l.until := greatest(l.until, at + make_interval(secs => seconds));
	UPDATE countersign.lease SET until = l.until;
	now_ms := floor(extract(epoch FROM at) * 1000);
	until_ms := floor(extract(epoch FROM l.until) * 1000);
END
$$;

-- Give the lease back: no change of DNS of this holder is under way.
CREATE FUNCTION release_lease(mine bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.member();
BEGIN
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.hold_lease(mine);
	IF EXISTS (SELECT FROM countersign.intent
	    WHERE token = mine AND ended IS NULL) THEN
		RAISE EXCEPTION 'lease % has open intents', mine
		    USING ERRCODE = 'CS006';
	END IF;
	UPDATE countersign.lease SET until = '-infinity';
	PERFORM pg_notify('countersign_lease', mine::text);
END
$$;

-- Give the lease back although changes of DNS may be under way: whoever made
-- them lives no more, so none begins.  From now on, they take their time at
-- most.
CREATE FUNCTION abandon_lease(mine bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.hold_lease(mine);
	UPDATE countersign.intent SET over = least(over, clock_timestamp() +
	    make_interval(secs => seconds)) WHERE token = mine AND
	    ended IS NULL;
	UPDATE countersign.lease SET until = '-infinity';
	PERFORM pg_notify('countersign_lease', mine::text);
END
$$;

-- A change of DNS is about to begin.  It does so before the lease ends, whose
-- end its holder knows no later than here.
CREATE FUNCTION begin_intent(mine bigint, of_domain text, of_selector text,
    of_record text, it_was text, it_wants text, its_seconds integer)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	me text := countersign.hold_lease(mine);
	new_id bigint;
BEGIN
	IF its_seconds IS NULL OR its_seconds NOT BETWEEN 1 AND 900 THEN
		RAISE EXCEPTION 'a change of DNS takes 1 to 900 seconds'
		    USING ERRCODE = 'CS006';
	END IF;
	INSERT INTO countersign.intent (token, host, domain, selector, record,
	    was, wanted, seconds, over) VALUES (mine, me, of_domain,
	    of_selector, of_record, it_was, it_wants, its_seconds,
	    (SELECT until FROM countersign.lease) +
	    make_interval(secs => its_seconds)) RETURNING id INTO new_id;
	RETURN new_id;
END
$$;

-- How a change of DNS ended; of an earlier holder's, how it was settled.
CREATE FUNCTION end_intent(mine bigint, of_id bigint, how text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.hold_lease(mine);
	UPDATE countersign.intent SET ended = clock_timestamp(), outcome = how
	    WHERE id = of_id AND ended IS NULL AND
	    ((token = mine AND how <> 'settled') OR
	    (token < mine AND how = 'settled'));
	IF NOT FOUND THEN
		RAISE EXCEPTION 'intent % is not open, or of another lease',
		    of_id USING ERRCODE = 'CS002';
	END IF;
	-- People look at the last ones; nothing else needs them.
	DELETE FROM countersign.intent WHERE id < of_id - 100000 AND
	    ended IS NOT NULL;
END
$$;

CREATE FUNCTION change_keys(mine bigint, changes change[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	c countersign.change;
	last_number bigint;
BEGIN
	PERFORM countersign.hold_lease(mine);
	FOREACH c IN ARRAY changes LOOP
		PERFORM countersign.take_number(c.number);
		PERFORM countersign.write_key(c);
		last_number := c.number;
	END LOOP;
	FOREACH c IN ARRAY changes LOOP
		IF c.selector = '-' THEN
			PERFORM countersign.forget_uses(c.domain);
		END IF;
	END LOOP;
	PERFORM pg_notify('countersign_change', last_number::text);
END
$$;

-- One key, as by change_keys().
CREATE FUNCTION change_key(mine bigint, before bigint, number bigint,
    of_domain text, of_selector text, text_octets bytea,
    text_signature bytea, new_blob bytea, keeps_blob boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
	SELECT countersign.change_keys(mine, ARRAY[ROW(of_domain, of_selector,
	    before, number, text_octets, text_signature, new_blob,
	    keeps_blob)::countersign.change]);
$$;

-- A mark that cannot wait for the lease.  Readers see that it is one.
CREATE FUNCTION compromise_key(before bigint, number bigint, of_domain text,
    of_selector text, text_octets bytea, text_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	IF before = 0 OR of_selector = '-' OR position(
	    convert_to(' compromised=yes', 'SQL_ASCII') IN text_octets) = 0
	THEN
		RAISE EXCEPTION 'not the mark of a compromised key'
		    USING ERRCODE = 'CS006';
	END IF;
	PERFORM countersign.take_number(number);
	PERFORM countersign.write_key(ROW(of_domain, of_selector, before,
	    number, text_octets, text_signature, NULL, true)::
	    countersign.change);
	PERFORM pg_notify('countersign_change', number::text);
END
$$;

-- After a backup was restored: intents were lost with it, whose changes of DNS
-- may still be under way.  No other one begins for so many seconds.  Until
-- these are over, none can be noted and lost, so a further call adds nothing.
CREATE FUNCTION hold_dns(seconds integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	IF seconds IS NULL OR seconds NOT BETWEEN 1 AND 1800 THEN
		RAISE EXCEPTION 'DNS is held for 1 to 1800 seconds'
		    USING ERRCODE = 'CS006';
	END IF;
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.end_lease();
	UPDATE countersign.lease SET quiet = clock_timestamp() +
	    make_interval(secs => seconds) WHERE quiet <= clock_timestamp();
END
$$;

-- A number as a mirror has it: it may be above all that a backup has, but not
-- so far that a few calls leave no numbers for later changes.
CREATE FUNCTION raise_number(number bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM FROM countersign.fleet FOR UPDATE;
	IF number > 1000000000 + (SELECT change FROM countersign.fleet) THEN
		RAISE EXCEPTION 'change number % is too far ahead', number
		    USING ERRCODE = 'CS006';
	END IF;
	UPDATE countersign.fleet SET change = greatest(change, number);
END
$$;

-- After a backup was restored: a row as a mirror has it, with its number.  False
-- if a later one is there; null if another key has the number.
CREATE FUNCTION restore_key(c change) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
DECLARE
	there bigint;
BEGIN
	PERFORM countersign.member();
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.raise_number(c.number);
	SELECT k.change INTO there FROM countersign.key k
	    WHERE k.domain = c.domain AND k.selector = c.selector FOR UPDATE;
	IF there >= c.number OR EXISTS (SELECT FROM countersign.key k
	    WHERE k.domain = c.domain AND k.selector = '-' AND
	    k.change > c.number) THEN
		RETURN false;
	END IF;
	IF EXISTS (SELECT FROM countersign.key k
	    WHERE k.change = c.number) THEN
		RETURN NULL;
	END IF;
	c.before := coalesce(there, 0);
	PERFORM countersign.write_key(c);
	IF c.selector = '-' THEN
		PERFORM countersign.forget_uses(c.domain);
	END IF;
	PERFORM countersign.end_lease();
	PERFORM pg_notify('countersign_change', c.number::text);
	RETURN true;
END
$$;

CREATE FUNCTION restore_members(following integer, number bigint,
    names text[], text_octets bytea, text_signature bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	PERFORM countersign.member();
	PERFORM FROM countersign.lease FOR UPDATE;
	PERFORM countersign.raise_number(number);
	PERFORM countersign.write_members(following, number, names,
	    text_octets, text_signature);
END
$$;

-- Rights --------------------------------------------------------------------

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA countersign FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA countersign FROM PUBLIC;
GRANT USAGE ON SCHEMA countersign TO countersign_host;
GRANT SELECT ON ALL TABLES IN SCHEMA countersign TO countersign_host;
GRANT EXECUTE ON FUNCTION register, hello, begin_fleet, change_members,
    put_wrap, confirm, report_use, take_lease, renew_lease, release_lease,
    abandon_lease, begin_intent, end_intent, change_keys, change_key,
    compromise_key, hold_dns, restore_key, restore_members TO countersign_host;
RESET ROLE;

-- For the administrator: a host and its role.  The caller makes the role.
CREATE FUNCTION countersign.add_host(host_name text, host_role name)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, countersign, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = host_role) THEN
		EXECUTE format('CREATE ROLE %I LOGIN', host_role);
	END IF;
	EXECUTE format('GRANT countersign_host TO %I', host_role);
	INSERT INTO countersign.host (name, role)
	    VALUES (host_name, host_role);
END
$$;
REVOKE ALL ON FUNCTION countersign.add_host FROM PUBLIC;
