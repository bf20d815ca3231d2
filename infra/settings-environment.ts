// The environment of this process, handed on as a value so that tools can be tried with another one.

export const readEnvironment = (): Readonly<Record<string, string | undefined>> => process.env
