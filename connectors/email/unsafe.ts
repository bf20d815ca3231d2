// Why a connection to a mail server is not safe, and which settings of the account would mend it; for reading and sending alike (S21).

type Which = 'imap' | 'smtp'
const certificates = (which: Which): Readonly<Record<string, string>> => ({
  CERT_HAS_EXPIRED: 'its certificate has expired. Its administrator must renew it',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: its clock or ours is wrong',
  ERR_TLS_CERT_ALTNAME_INVALID: `its certificate is for another name. Write the name it is for into ${which}.host`,
})

/** Null where the certificate is not what is wrong. `code`: of TLS. */
export const whyNotTrusted = (code: string, which: Which): string | null =>
  certificates(which)[code] ??
  (/^(?:CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERROR_IN_CERT)/.test(code)
    ? 'nobody known here vouches for its certificate. Name its authority in caFile'
    : null)

/** The two ends do not understand each other. */
export const isOfTls = (code: string): boolean => /^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code)

export const otherWay = (which: Which): string =>
  `Where it offers none, set ${which}.tls and ${which}.port to what it offers.`
