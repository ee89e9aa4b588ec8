;;; What a person does in Emacs with eglot, without a screen; `test_emacs.py' reads what it prints.  -*- lexical-binding: t -*-

(require 'eglot)
(setq eglot-sync-connect 20
      eglot-confirm-server-initiated-edits nil)
(add-to-list 'eglot-server-programs (list 'python-mode (getenv "TIERLSP") "--stdio"))

(defun tell (name value)
  "Print VALUE under NAME."
  (princ (format "%s: %S\n" name value)))

(defun until (look)
  "Wait until LOOK returns something, at most 20 seconds."
  (with-timeout (20 (tell "waited in vain" (buffer-string)))
    (while (not (funcall look)) (accept-process-output nil 0.05))))

(defun entries ()
  "Return the entries of the menu at the cursor, with what taking one needs."
  (pcase-let ((`(,beg ,end ,table . ,plist) (eglot-completion-at-point)))
    (list beg end (all-completions (buffer-substring beg end) table) (plist-get plist :exit-function))))

(find-file (getenv "FILE"))
(python-mode)
(apply #'eglot (eglot--guess-contact))
(goto-char (point-max))
(insert "area = wi")
(let (found)
  (until (lambda () (nth 2 (setq found (entries)))))
  (pcase-let ((`(,beg ,end (,entry . ,_) ,take) found))
    (tell "entry" (substring-no-properties entry))
    (delete-region beg end)
    (insert entry)
    (funcall take entry 'finished)))
(tell "completed" (buffer-substring-no-properties (point-min) (point-max)))

(find-file (getenv "MISTAKE"))
(python-mode)
(eglot--maybe-activate-editing-mode)
(until #'eglot-current-server)
(tell "actions" (mapcar (lambda (action) (plist-get action :title))
                        (append (eglot-code-actions (point-min) (point-max)) nil)))
(let* ((place (list :line 4 :character 21))
       (end (list :line 4 :character 27))
       (span (list :start place :end end)))
  (eglot-execute-command
   (eglot-current-server) "tierlsp.run"
   (vector (list :action "fix" :uri (eglot--path-to-uri (buffer-file-name)) :range span
                 :diagnostics (vector (list :range span :message "undefined name 'raduis'"))))))
(until (lambda () (save-excursion (goto-char (point-min)) (search-forward "radius ** 2" nil t))))
(tell "fixed" (buffer-substring-no-properties (point-min) (point-max)))
