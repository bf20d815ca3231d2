// What lies in this folder, read for the tests that hold it to the house: manifests, the compose file, the board, the rules of alarms.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

const text = (...path: readonly string[]): string => readFileSync(join(import.meta.dirname, ...path), 'utf8')

/** As Kubernetes takes it; only what is asked for here is named. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: unknown
}
const folder = join(import.meta.dirname, 'kubernetes')
export const kustomization = parse(text('kubernetes', 'kustomization.yaml')) as {
  readonly resources: readonly string[]
}
export const manifestFiles = readdirSync(folder).filter((name) => name !== 'kustomization.yaml')
export const manifests: readonly Manifest[] = manifestFiles.flatMap((name) =>
  parseAllDocuments(text('kubernetes', name)).map((one) => one.toJS() as Manifest),
)
export const ofKind = (kind: string, among = manifests): readonly Manifest[] => among.filter((it) => it.kind === kind)
/** With the lines for a Kafka that wants a sign-in and TLS, as kustomization.yaml says to switch them on. */
export const securedManifests: readonly Manifest[] = manifestFiles.flatMap((name) =>
  parseAllDocuments(text('kubernetes', name).replaceAll('#: ', '')).map((one) => one.toJS() as Manifest),
)

export interface ComposeService {
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly stop_grace_period?: string
}
export const compose = parse(text('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, ComposeService>>
}
export const containerfile: readonly string[] = text('Containerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
export const ignored: readonly string[] = text('Containerfile.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}
export const board = JSON.parse(text('grafana', 'inlet.json')) as { readonly panels: readonly Panel[] }
const alerts = parse(text('prometheus', 'alerts.yml')) as {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[]
}
export const alarms = alerts.groups.flatMap((group) => group.rules)
export const scrape = parse(text('prometheus', 'prometheus.yml')) as {
  readonly scrape_configs: readonly {
    readonly dns_sd_configs: readonly { readonly names: readonly string[] }[]
    readonly relabel_configs?: readonly { readonly source_labels: readonly string[]; readonly target_label: string }[]
  }[]
}
