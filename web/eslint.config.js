import { readdirSync } from 'node:fs'
import vuePlugin from 'eslint-plugin-vue'
import prettier from 'eslint-config-prettier'
import tseslint from 'typescript-eslint'

const features = readdirSync('src/features', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** What a folder may not import: features meet in `app`, and nothing below them knows of them. */
function boundary(files, forbidden, message) {
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: forbidden.join('|'), message }] }],
    },
  }
}

const above = (...names) => names.map((name) => `^(@/|(\\.\\./)+)${name}(/|$)`)

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.gen.ts'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  ...vuePlugin.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        projectService: false,
        project: ['./tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
        parser: tseslint.parser,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // A default of a destructured Vue property looks useless to the checker and isn't.
      '@typescript-eslint/no-useless-default-assignment': 'off',
      // It doesn't see what changes during an `await`.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `small` as a key of texts is taken for String.prototype.small.
      '@typescript-eslint/no-deprecated': 'off',
      // Spread here runs over plates and hex, which hold no combined characters.
      '@typescript-eslint/no-misused-spread': 'off',
      // vue-i18n types its functions as methods; they don't use `this`.
      '@typescript-eslint/unbound-method': 'off',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      'no-console': 'error',
    },
  },
  boundary(
    ['src/shared/**'],
    above('features', 'app', 'realtime', 'media'),
    'shared knows neither features nor connections',
  ),
  boundary(['src/api/**'], above('features', 'app', 'realtime', 'media'), 'api knows only shared'),
  boundary(['src/realtime/**'], above('features', 'app', 'media'), 'realtime knows only api and shared'),
  boundary(['src/media/**'], above('features', 'app'), 'media knows realtime, api and shared'),
  ...features.map((name) =>
    boundary(
      [`src/features/${name}/**`],
      [
        ...above('app'),
        ...features
          .filter((other) => other !== name)
          .flatMap((other) => [`^@/features/${other}(/|$)`, `^(\\.\\./)+${other}(/|$)`]),
      ],
      'features never import each other; what two need goes to shared, what joins them to app',
    ),
  ),
  { files: ['mock/**', 'scripts/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  prettier,
)
