// The licence of every package in the lock file, as a page that is committed: a new licence is seen in review (S31).

interface Locked {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
}

const head = `# Licences

Written by \`npm run describe\` from package-lock.json. A bill of materials: \`npm sbom --sbom-format=cyclonedx\`.
Beside packages: \`core/rules/language/table.json\` is made of the tables of eld, © Nito T.M., Apache-2.0 (\`core/rules/language/LICENCE-of-table.txt\`).

| package | version | licence | used |
|---|---|---|---|
`

/** One row a package and version, by name. A package that names no licence says so. */
export function licenceList(lock: { readonly packages: Readonly<Record<string, Locked>> }): string {
  const rows = Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, { version = '', license = 'none named', dev }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return `| ${name} | ${version} | ${license} | ${dev === true ? 'for building and testing' : 'by the product'} |`
    })
  return `${head}${[...new Set(rows)].toSorted().join('\n')}\n`
}
