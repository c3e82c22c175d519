# What jq has and jaq has not, or answers otherwise. Read after jaq's own definitions.

def toarray: if isarray then . else [.] end;
def scalars_or_empty: scalars;
def have_decnum: false;
def have_literal_numbers: true;
def isvalid(f): try (f | true) catch false;

# Strings
def ltrimstr_of_string($x): ltrimstr($x);
def ltrimstr($x): if isstring and ($x | isstring) then ltrimstr_of_string($x) else . end;
def rtrimstr_of_string($x): rtrimstr($x);
def rtrimstr($x): if isstring and ($x | isstring) then rtrimstr_of_string($x) else . end;
def trimstr($x): ltrimstr($x) | rtrimstr($x);
def ascii: [.] | implode;
def join($s): reduce .[] as $x (null;
  (if . == null then "" else . + $s end)
  + ($x | if . == null then "" elif isboolean or isnumber then tojson else . end)) // "";

# Paths
def leaf_paths: paths(scalars);
def setpath($path; $x):
  if $path == [] then $x
  else $path[0] as $key
  | if . != null then . elif $key | isnumber then [] else {} end
  | if isarray and ($key | isnumber) then . + [range(length; $key + 1) | null] end
  | .[$key] = (.[$key] | setpath($path[1:]; $x)) end;
def delpaths($paths): reduce ($paths | sort | reverse[]) as $path (.;
  if $path == [] then null
  else getpath($path[:-1]) as $parent
  | if $parent == null
      or ($parent | isarray) and ($path[-1] | isnumber) and $path[-1] >= ($parent | length) then .
    else getpath($path) |= empty end end);
def del(f): delpaths([path(f)]);
def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));
def from_entries: reduce .[] as $x ({}; . + {
  ($x | if .key == null then .k // .name // .Name // .K // .Key else .key end
      | if isstring then . else tojson end):
  ($x | if has("value") then .value elif has("v") then .v else .Value end)});
def with_entries(f): to_entries | map(f) | from_entries;

# Streams
def tostream:
  path(def r: (.[]? | r), .; r) as $p
  | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): {x: null, e: false} as $init | foreach f as $i ($init;
  if .e then $init else . end
  | if $i | length == 2 then .e = ($i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
    else .e = ($i[0] | length == 1) end;
  if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream | if .[0] | length > $n then .[0] |= .[$n:] else empty end;

# As in SQL
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; f): reduce stream as $row ({}; . + {($row | f | tostring): $row});
def INDEX(f): INDEX(.[]; f);
def JOIN($idx; f): [.[] | [., $idx[f]]];
def JOIN($idx; stream; f): stream | [., $idx[f]];
def JOIN($idx; stream; f; join): stream | [., $idx[f]] | join;

# Times
def date: todate;
def dateadd(u; n): . + n;
def datesub(u; n): . - n;

# Formats
def row(name; quoted; separator):
  if isarray then . else error("\(tojson) cannot be \(name)-formatted, only an array can be") end
  | map(if isstring then quoted elif . == null then "" elif isnumber or isboolean then tojson
      else error("\(tojson) is not valid in a \(name) row") end)
  | join(separator);
def @csv: row("csv"; "\"\(gsub("\""; "\"\""))\""; ",");
def @tsv: row("tsv"; gsub("\\\\"; "\\\\") | gsub("\t"; "\\t") | gsub("\n"; "\\n") | gsub("\r"; "\\r"); "\t");
def @base32: tostring | encode_base32;
def @base32d: tostring | decode_base32;
def format($name):
  if $name == "text" then @text elif $name == "json" then @json elif $name == "csv" then @csv
  elif $name == "tsv" then @tsv elif $name == "html" then @html elif $name == "uri" then @uri
  elif $name == "urid" then @urid elif $name == "sh" then @sh elif $name == "base64" then @base64
  elif $name == "base64d" then @base64d elif $name == "base32" then @base32
  elif $name == "base32d" then @base32d else error("\($name) is not a valid format") end;

# The document is the one input, and it has been read.
def inputs: empty;
def input: error("No more inputs");
def input_filename: null;
def input_line_number: 1;
def debug: .;
def debug(message): .;
def stderr: .;
def env: $ENV;
def halt_error($status): if isstring then rtrimstr("\n") else tojson end | error;
def halt_error: halt_error(5);
