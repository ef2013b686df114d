// A button that changes between the light and the dark scheme; before it is pressed, the page is as the system is.

export function addThemeButton(changed) {
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'theme';
  const name = () => {
    button.textContent = isDark() ? 'Light colours' : 'Dark colours';
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    name();
    changed();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  name();
  document.querySelector('header').append(button);
}
