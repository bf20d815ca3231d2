// The vendor's error answers by code.
import type { VendorError } from '../../_shared/stand-in/graph-api.ts'

/** Sheet section 8 (checked 2026-11): what is not here comes as HTTP 400. */
const httpByCode: Readonly<Record<number, number>> = {
  0: 401,
  190: 401,
  3: 500,
  10: 403,
  2: 503,
  131016: 500,
  133004: 503,
  131005: 403,
  131057: 500,
  2494100: 500,
  131000: 500,
  131031: 403,
  368: 403,
  130497: 403,
  132001: 404,
}
const textByCode: Readonly<Record<number, string>> = {
  100: 'Invalid parameter',
  190: 'Error validating access token: Session has expired',
  130429: 'Rate limit hit',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131047: 'Re-engagement message',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is paused',
  132016: 'Template is disabled',
}
export function vendorError(code: number, details?: string): VendorError {
  const http = httpByCode[code] ?? (code >= 200 && code <= 299 ? 403 : 400)
  return { code, http, text: details ?? textByCode[code] ?? 'An error of the stand-in' }
}
export const errorBody = (error: VendorError, trace: string): Readonly<Record<string, unknown>> => ({
  error: {
    message: `(#${error.code}) ${textByCode[error.code] ?? error.text}`,
    type: 'OAuthException',
    code: error.code,
    error_data: { messaging_product: 'whatsapp', details: error.text },
    ...(error.subcode === undefined ? {} : { error_subcode: error.subcode }),
    fbtrace_id: trace,
  },
})
