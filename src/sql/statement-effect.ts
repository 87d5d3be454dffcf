import { readSql } from './sql-text.js';

/**
 * What a statement may leave behind. `reads`: nothing. `may write`: it calls functions that are not
 * known here. `writes`: it changes rows, takes locks, or is more than a question.
 */
export type StatementEffect = 'reads' | 'may write' | 'writes';

const QUESTION = /^[\s(]*(?:select|with|values|table)\b/i;
const MORE_THAN_A_QUESTION =
  /\b(?:insert|update|delete|merge|into|for\s+(?:no\s+key\s+update|key\s+share|share)|nextval|setval|lastval|currval|\w*advisory\w*|pg_notify|lo_\w+|\w*xact_id|txid_\w+|pg_export_snapshot|pg_(?:terminate|cancel)_backend)\b/i;
/** A quoted name stands as `""`; what is qualified may be of the application, whatever it is called. */
const CALL = /([\w$."\u0080-\uffff]+)\s*\(/g;
/** Functions of PostgreSQL that only answer, and the words that may stand before a parenthesis. */
const HARMLESS = new Set(
  `abs all and any array array_agg array_append array_cat array_length array_position array_remove
  array_to_json array_to_string as asc avg between bit_and bit_or bool_and bool_or btrim by cardinality
  case cast ceil ceiling char_length coalesce concat concat_ws count cube cume_dist current_date
  current_setting date_bin date_part date_trunc dense_rank desc distinct else encode every except exists
  exp extract filter first_value floor format from gen_random_uuid generate_series greatest group_concat
  grouping having ilike in initcap intersect is json_agg json_array_length json_build_array
  json_build_object json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text
  jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
  jsonb_extract_path_text jsonb_object_agg jsonb_object_keys jsonb_path_exists jsonb_path_query
  jsonb_strip_nulls jsonb_typeof join lag last_value lateral lead least left length like limit ln log
  lower lpad ltrim make_date make_interval materialized max md5 min mod not now ntile nullif numeric
  octet_length offset on only or order over overlay partition percent_rank percentile_cont
  percentile_disc pg_sleep plainto_tsquery phraseto_tsquery position power rank regexp_match
  regexp_matches regexp_replace regexp_split_to_array repeat replace returning reverse right rollup
  round row row_number row_to_json rpad rtrim select set sets similarity some split_part sqrt
  starts_with string_agg string_to_array strpos substr substring sum then to_char to_date to_json
  to_jsonb to_number to_timestamp to_tsquery to_tsvector translate trim trunc ts_headline ts_rank
  ts_rank_cd tsvector union unnest upper using uuid varchar values websearch_to_tsquery when where
  width_bucket with within word_similarity`.split(/\s+/),
);

export function effectOf(text: string): StatementEffect {
  const { code } = readSql(text);
  if (!QUESTION.test(code) || MORE_THAN_A_QUESTION.test(code)) return 'writes';
  for (const [, name = ''] of code.matchAll(CALL)) {
    if (!HARMLESS.has(name.toLowerCase())) return 'may write';
  }
  return 'reads';
}
