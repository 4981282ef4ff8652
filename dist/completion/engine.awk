# What may stand at the cursor, by what "countersign-key help" says, so that
# a command or an option that is new there is known here.
#
# COMPLETION_WORDS has the words before the cursor, a line each, without the
# program; COMPLETION_CUR the one at it.  Prints lines of two words:
#	keydir DIR, config FILE		that an option names
#	domain DOMAIN			the one among the operands
#	word WORD			may stand there
#	kind PLACEHOLDER		as FILE or DOMAIN may stand there

function bare(token)
{
	gsub(/[][]/, "", token)
	return token
}

# A synopsis, behind the command: options, and the operands without them.
function learn(command, first,    i, token, rest)
{
	rest = ""
	for (i = first; i <= NF; i++) {
		token = bare($i)
		if (token !~ /^-/) {
			rest = rest " " token
			continue
		}
		sub(/=.*/, "", token)
		options[command] = options[command] " " token
		if ($i !~ /\]$/ && bare($(i + 1)) ~ /^[A-Z]+$/)
			argument[token] = bare($(++i))
	}
	return rest
}

# One synopsis, in $0.
function learn_line()
{
	if ($0 ~ /^usage: /)
		learn("", 3)
	else if ($0 !~ /^ +countersign-key /)
		return
	else if (!($2 in operands)) {
		commands = commands " " $2
		operands[$2] = $2 == "help" ? "" : learn($2, 3)
	} else
		operands[$2] = operands[$2] " |" learn($2, 3)
}

# A synopsis may go on in lines that are indented more.
/^           / {
	synopsis = synopsis $0
	next
}

{
	line = $0
	$0 = synopsis
	learn_line()
	$0 = synopsis = line
}

/^KIND is / {
	kinds = $0
	sub(/;.*/, "", kinds)
	gsub(/^KIND is |\([^)]*\)|,| or /, " ", kinds)
}

function offer(words,    list, n, i)
{
	n = split(words, list, " ")
	for (i = 1; i <= n; i++)
		print "word", list[i]
}

function offer_kind(placeholder)
{
	if (placeholder == "KIND")
		offer(kinds)
	else
		print "kind", placeholder
}

# An operand of one form of the command; false when the form is another.
function offer_operand(form,    items, n, i, item)
{
	n = split(form, items, " ")
	item = ""
	for (i = 1; i <= ngiven + 1; i++) {
		if (i <= n && items[i] != "...")
			item = items[i]
		else if (n == 0 || items[n] != "...")
			return
		if (i > ngiven)
			break
		if (item ~ /^[a-z]/ && item != given[i])
			return
		if (item == "DOMAIN")
			print "domain", given[i]
	}
	if (item ~ /^[a-z]/)
		offer(item)
	else
		offer_kind(item)
}

END {
	$0 = synopsis
	learn_line()
	cur = ENVIRON["COMPLETION_CUR"]
	n = split(ENVIRON["COMPLETION_WORDS"], words, "\n")
	argument["--config"] = argument["-c"]
	argument["--keydir"] = argument["-k"]
	pending = ""
	for (i = 1; i <= n; i++) {
		word = words[i]
		if (word == "=")	# bash makes three of --at=TIME
			continue
		if (pending != "" || words[i - 1] == "=") {
			if (option == "-k" || option == "--keydir")
				print "keydir", word
			else if (option == "-c" || option == "--config")
				print "config", word
			pending = ""
		} else if (word ~ /^-/) {
			option = word
			pending = argument[word]
		} else if (command == "")
			command = word
		else
			given[++ngiven] = word
	}
	if (pending != "" || words[n] == "=") {
		# A selector behind an option is a new one.
		if (pending != "SELECTOR")
			offer_kind(pending)
	} else if (cur ~ /^-/)
		offer(options[""] (command == "" ? "" : options[command]))
	else if (command == "")
		offer(commands)
	else if (command in operands) {
		nforms = split(operands[command], forms, " \\| ")
		for (i = 1; i <= nforms || i == 1; i++)
			offer_operand(forms[i])
	}
}
