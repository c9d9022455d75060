import qualified Data.Map as M
main :: IO ()
main = putStrLn "hello"
