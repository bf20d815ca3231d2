// The page at /docs, made on its first call: its four megabytes of script are not loaded at start, and nothing comes from elsewhere.
import { createHash } from 'node:crypto'

export interface DocsAsset {
  readonly type: string
  readonly body: string
  readonly policy: string
}
let made: Promise<ReadonlyMap<string, DocsAsset>> | null = null

export async function docsAsset(path: '/docs/' | '/docs/js/scalar.js'): Promise<DocsAsset> {
  made ??= makeAssets()
  const asset = (await made).get(path)
  if (asset === undefined) throw new RangeError(`the page has no ${path}`)
  return asset
}

/** A server of its own, never listening, gives what the plugin would. */
async function makeAssets(): Promise<ReadonlyMap<string, DocsAsset>> {
  const [{ fastify }, { default: reference }] = await Promise.all([
    import('fastify'),
    import('@scalar/fastify-api-reference'),
  ])
  const app = fastify()
  await app.register(reference, {
    routePrefix: '/docs',
    // Nothing that would talk to somebody else's service is offered.
    configuration: {
      url: '/v1/openapi.json',
      pageTitle: 'Inlet API',
      withDefaultFonts: false,
      showDeveloperTools: 'never',
      hideClientButton: true,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
  const [page, script] = await Promise.all([app.inject('/docs/'), app.inject('/docs/js/scalar.js')])
  await app.close()
  const policy = policyFor(page.body)
  return new Map([
    ['/docs/', { type: 'text/html; charset=utf-8', body: page.body, policy }],
    ['/docs/js/scalar.js', { type: 'text/javascript; charset=utf-8', body: script.body, policy }],
  ])
}

/** The page's own inline scripts by their hashes; calls go to this gateway only. */
function policyFor(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${inline.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}
