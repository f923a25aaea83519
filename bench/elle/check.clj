;; Asks Elle about each history that is named on a line of standard input as LEVEL TAB FILE, and prints true, false or unknown.
(require '[clojure.edn :as edn] '[clojure.java.io :as io] '[clojure.string :as str]
         '[elle.list-append :as list-append] '[jepsen.history :as history])

(defn read-history [path]
  (with-open [reader (io/reader path)]
    (history/history (mapv edn/read-string (line-seq reader)))))

(doseq [line (line-seq (io/reader *in*))]
  (let [[level path] (str/split line #"\t" 2)
        verdict (:valid? (list-append/check {:consistency-models [(keyword level)]} (read-history path)))]
    (println (if (keyword? verdict) (name verdict) verdict))
    (flush)))
(shutdown-agents)
