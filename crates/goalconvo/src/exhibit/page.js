'use strict';
(function () {
  var dialog = document.getElementById('viewer');
  if (!dialog || typeof dialog.showModal !== 'function') return;
  var body = dialog.querySelector('.body');
  var title = dialog.querySelector('.bar span');
  var why = dialog.querySelector('.bar small');
  document.addEventListener('click', function (event) {
    var link = event.target.closest('a[data-tip]');
    if (!link || dialog.contains(link)) return;
    var example = document.getElementById(link.getAttribute('href').slice(1));
    if (!example) return;
    event.preventDefault();
    body.replaceChildren(example.querySelector('.talk').cloneNode(true));
    title.textContent = example.querySelector('summary').textContent;
    why.textContent = link.getAttribute('data-tip');
    dialog.showModal();
    dialog.scrollTop = 0;
  });
  dialog.addEventListener('click', function (event) {
    if (event.target === dialog) dialog.close();
  });
  function reveal() {
    var example = location.hash && document.getElementById(location.hash.slice(1));
    if (example && example.tagName === 'DETAILS') example.open = true;
  }
  window.addEventListener('hashchange', reveal);
  reveal();
})();
