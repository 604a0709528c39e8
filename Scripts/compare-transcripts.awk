# Compares two transcripts of Tests/Oracle, step by step.
#
# usage: awk -f compare-transcripts.awk DEVIATIONS KERNELS OURS
#
# DEVIATIONS has table rows `| Dn | steps | fields | reason |`. In the steps whose "scenario number: call" the
# regular expression matches, the fields may differ: NAME is what stands behind "NAME=", ~TEXT is that very text,
# `value` what stands behind " = ", `result` all that came of the call. No row may let the result of a buffer ioctl
# differ, and no step may be on one side only.

function key(line) { return substr(line, 1, index(line, ": ") - 1) }

function call(line, end) {
    end = index(line, " -> ")
    return end ? substr(line, 1, end - 1) : line
}

function is_guarded(line) {
    return line ~ /: (REQBUFS|CREATE_BUFS|REMOVE_BUFS|QUERYBUF|QBUF|PREPARE_BUF|DQBUF|STREAMON|STREAMOFF)( |$)/
}

function remove(line, text, place) {
    while ((place = index(line, text)) > 0) line = substr(line, 1, place - 1) substr(line, place + length(text))
    return line
}

function without(line, fields, parts, count, each) {
    count = split(fields, parts, /[ ,]+/)
    for (each = 1; each <= count; each++) {
        if (parts[each] ~ /^~/) line = remove(line, substr(parts[each], 2))
        else if (parts[each] == "value") sub(/ = .*/, "", line)
        else if (parts[each] == "result" && !is_guarded(call(line))) sub(/ -> .*/, "", line)
        else gsub("[ \\[]" parts[each] "=[^] ]*", "", line)
    }
    return line
}

FILENAME == ARGV[1] {
    if ($0 !~ /^\| *D[0-9]+ *\|/) next
    # In the table a bar of an expression is written \|.
    line = $0
    gsub(/\\\|/, "\001", line)
    split(line, cells, / *\| */)
    rows++
    name[rows] = cells[2]
    pattern[rows] = cells[3]
    fields[rows] = cells[4]
    gsub(/`/, "", pattern[rows])
    gsub(/\001/, "|", pattern[rows])
    gsub(/`/, "", fields[rows])
    next
}
/^#/ || $0 == "" { next }
FILENAME == ARGV[2] {
    kernel[key($0)] = $0
    order[++kernels] = key($0)
    scenario = key($0)
    sub(/ [0-9]+$/, "", scenario)
    if (!(scenario in scenarios)) {
        scenarios[scenario] = 1
        scenario_count++
    }
    next
}
{
    ours[key($0)] = $0
    if (!(key($0) in kernel)) extra[++extras] = $0
}

END {
    for (each = 1; each <= kernels; each++) {
        step = order[each]
        theirs = kernel[step]
        if (!(step in ours)) {
            print "- " theirs "\n+ (missing)"
            wrong++
            continue
        }
        mine = ours[step]
        if (mine == theirs) {
            equal++
            continue
        }
        left = theirs
        right = mine
        used = ""
        for (row = 1; row <= rows; row++) {
            if (call(theirs) !~ ("^(" pattern[row] ")$")) continue
            before = left right
            left = without(left, fields[row])
            right = without(right, fields[row])
            if (left right != before) {
                used = used " " name[row]
                touched[row] = 1
            }
        }
        if (left == right) {
            deviating++
            continue
        }
        print "- " theirs "\n+ " mine
        wrong++
    }
    for (each = 1; each <= extras; each++) print "+ " extra[each]
    for (row = 1; row <= rows; row++)
        if (touched[row]) kept = kept " " name[row]
    printf "%d scenarios, %d steps, %d equal, %d deviations (rows%s), %d differ\n", scenario_count, kernels, equal,
        deviating, kept, wrong + extras
    exit wrong + extras > 0
}
