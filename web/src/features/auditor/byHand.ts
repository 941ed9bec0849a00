/** Checking an export with nothing but a shell, jq and OpenSSL (evidence format, section 11). */
export const BY_HAND: readonly { key: string; shell: string }[] = [
  {
    key: 'files',
    shell: 'sha256sum --strict -c manifest-sha256.txt tagmanifest-sha256.txt && cd data',
  },
  { key: 'canonical', shell: 'jq -cS . log.jsonl | cmp - log.jsonl' },
  {
    key: 'chain',
    shell: `p=$(printf '0%.0s' {1..64}); while IFS= read -r l; do
 [ $(jq -r .prev <<<"$l") = $p ] || echo BROKEN; p=$(printf '%s\\n' "$l"|sha256sum|cut -c1-64); done <log.jsonl`,
  },
  {
    key: 'media',
    shell: `jq -r 'select(.type=="segment.committed").body|"\\(.sha256) \\(.off) \\(.bytes) \\(.file)"' log.jsonl |
 while read h o n f; do [ $(tail -c +$((o+1)) $f|head -c $n|sha256sum|cut -c1-64) = $h ] || echo BAD $f; done`,
  },
  { key: 'head', shell: 'openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in body -sigfile sig' },
  {
    key: 'seal',
    shell: `head -n $(jq -r 'select(.type=="session.sealed").seq' log.jsonl) log.jsonl | sha256sum`,
  },
]
